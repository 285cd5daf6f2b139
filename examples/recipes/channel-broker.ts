// A broker in its smallest form: it joins the servers of one process. A real one speaks to Redis, NATS or Kafka.
import { Broker, definePlugin } from '#core'

export const channelBroker = definePlugin({
  id: 'channel-broker',
  capabilities: ['broker'],
  provides: { broker: Broker },
  setup() {
    const channel = new BroadcastChannel('parley')
    return {
      services: {
        broker: {
          publish: (topic, frame) => channel.postMessage([topic, frame]),
          start: (deliver) => {
            channel.onmessage = ({ data: [topic, frame] }) => deliver(topic, frame)
          },
        },
      },
      dispose: () => channel.close(),
    }
  },
})
