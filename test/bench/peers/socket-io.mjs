// Socket.IO on Node: one event in, the same event out to the room, over WebSocket alone.
import { createServer } from 'node:http'
import process from 'node:process'
import { Server } from 'socket.io'

const server = createServer()
const io = new Server(server, { transports: ['websocket'], serveClient: false })

io.on('connection', (socket) => {
  const room = String(socket.handshake.query.room)
  void socket.join(room)
  socket.on('say', (data) => io.to(room).emit('say', data))
})

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`{"address":"http://127.0.0.1:${server.address().port}","msg":"listening"}\n`)
})
