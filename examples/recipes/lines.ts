// Another wire: for the guest book, a line of text each way instead of JSON.
import { definePlugin } from '#core'

export const lines = definePlugin({
  id: 'lines',
  capabilities: ['transport'],
  setup: () => ({
    dialects: [
      {
        path: '/lines',
        translate: () => {
          let count = 0
          return {
            hear: (line) => [JSON.stringify({ id: String(++count), type: 'greeter.sign', data: { text: line } })],
            say: (frame) => {
              const { type, data, error } = JSON.parse(frame)
              if (type === 'error') return [`! ${error.code}`]
              return type === 'greeter.signed' ? [`${data.name}: ${data.text}`] : []
            },
          }
        },
      },
    ],
  }),
})
