// An attacker: connections that send as fast as they may be opened, and come back as soon as they were cut off. Ends by a
// signal. Arguments: the server's URL, its WebSocket subprotocol's token, and from how many addresses it pretends to come.
const [url = '', token = '', addresses = '1'] = process.argv.slice(2)

const frames = 400
const text = Array.from({ length: frames }, (_, i) => JSON.stringify({ id: `f${i}`, type: 'core.ping' }))

const again = (address: number): void => {
  const headers = { 'X-Forwarded-For': `203.0.113.${address}` }
  const socket = new WebSocket(url, { protocols: ['parley.v1', `auth.${token}`], headers } as never)
  socket.onopen = () => {
    for (const frame of text) socket.send(frame)
  }
  // A handshake that is refused ends here too: ask no more often than a person could press a key.
  socket.onclose = () => setTimeout(() => again(address), 20)
}
for (let address = 1; address <= Number(addresses); address++) again(address)
console.log('flooding')

export {}
