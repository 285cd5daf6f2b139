// A transport: everything that a socket would receive, as a stream of server-sent events that a plain `fetch` can read.
import { definePlugin, type Inbound, route } from '#core'

const bufferedFrames = 1_000

export const stream = definePlugin({
  id: 'stream',
  capabilities: ['transport'],
  setup: ({ attach }) => ({
    routes: (app) => {
      const spec = { method: 'get', path: '/', summary: 'Events as they come.', signedIn: true, produces: 'text/event-stream' } as const
      route(app, spec, async ({ identity, ip }) => {
        const encoder = new TextEncoder()
        let inbound: Inbound | undefined
        const body = new ReadableStream<Uint8Array>(
          {
            async start(controller) {
              const transport = {
                kind: 'stream',
                ip,
                write: (frame: string) => {
                  if ((controller.desiredSize ?? 0) <= 0) return 'dropped' as const
                  controller.enqueue(encoder.encode(`data: ${frame}\n\n`))
                  return 'sent' as const
                },
                close: (code: number) => {
                  controller.close()
                  inbound?.closed(code)
                },
              }
              inbound = await attach(transport, identity)
            },
            cancel: () => inbound?.closed(1001),
          },
          { highWaterMark: bufferedFrames },
        )
        return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
      })
    },
  }),
})
