// The least that Bun can do: publish the bytes that came, unread. What everything else is measured against.
// With `beating` it also does what any server must that wants to know who is there: a ping and a heartbeat to each
// connection every 24 seconds.
const isBeating = process.argv[2] === 'beating'
const heartbeat = '{"type":"core.heartbeat","data":{}}'
const sockets: Bun.ServerWebSocket<{ room: string }>[] = []
let next = 0

const beat = (socket: Bun.ServerWebSocket<{ room: string }> | undefined): void => {
  socket?.cork(() => {
    socket.ping()
    socket.sendText(heartbeat)
  })
}

const beatSome = (): void => {
  const end = next + sockets.length / 24
  while (next < end) beat(sockets[next++ % sockets.length])
}

const server = Bun.serve<{ room: string }>({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, self) => {
    const room = new URL(request.url).searchParams.get('room') ?? ''
    return self.upgrade(request, { data: { room } }) ? undefined : new Response('a WebSocket is expected', { status: 426 })
  },
  websocket: {
    perMessageDeflate: false,
    open: (socket) => {
      socket.subscribe(socket.data.room)
      if (isBeating) sockets.push(socket)
    },
    message: (socket, frame) => void server.publish(socket.data.room, frame),
  },
})

if (isBeating) setInterval(beatSome, 1_000)
process.stdout.write(`{"address":"http://127.0.0.1:${server.port}","msg":"listening"}\n`)
