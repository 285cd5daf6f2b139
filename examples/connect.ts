import { createClient } from '../src/client/index.ts'

const server = 'http://localhost:8787'
const answer = await fetch(`${server}/api/auth/guest`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ name: 'Ann' }),
})
const { user, accessToken } = await answer.json()

const client = createClient({ url: server, token: async () => accessToken })
client.rooms.join('lobby', { recent: 10, onMessage: ({ from, data }) => console.log(from, data) })
client.start()
const { seq } = await client.chat.send(user.id, 'A note to myself').done
console.log(`stored as number ${seq}`)
