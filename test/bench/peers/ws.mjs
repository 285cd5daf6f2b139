// `ws` on Node, as its documentation broadcasts: the bytes that came, to everybody in the room.
import { createServer } from 'node:http'
import process from 'node:process'
import { WebSocketServer } from 'ws'

const rooms = new Map()
const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })

sockets.on('connection', (socket, request) => {
  const room = new URL(request.url, 'http://localhost').searchParams.get('room') ?? ''
  const members = rooms.get(room) ?? new Set()
  rooms.set(room, members.add(socket))
  socket.on('message', (frame) => {
    for (const member of members) if (member.readyState === 1) member.send(frame, { binary: false })
  })
  socket.on('close', () => members.delete(socket))
})

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`{"address":"http://127.0.0.1:${server.address().port}","msg":"listening"}\n`)
})
