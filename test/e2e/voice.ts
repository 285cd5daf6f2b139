// A person without a browser, who can say a lot in a short time.
import { createClient } from '../../src/client/index.ts'

/** Somebody who only talks. */
export interface Voice extends Disposable {
  readonly id: string
  /** Resolves when all of it is stored. */
  say(to: string, texts: readonly string[]): Promise<void>
  /** Any message of the protocol; answers its ack. */
  ask(type: string, data: object, to?: string): Promise<Record<string, unknown>>
  /** As `say`, for very many. */
  pour(to: string, texts: Iterable<string>): Promise<void>
}

/** Somebody who has been here once. */
export const newGuest = async (url: string, name: string): Promise<{ user: { id: string }; accessToken: string }> => {
  const response = await fetch(`${url}/api/auth/guest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  return (await response.json()) as { user: { id: string }; accessToken: string }
}

/** Come in as a guest and stay in the lobby. */
export const voice = async (url: string, name: string): Promise<Voice> => {
  const { user, accessToken } = await newGuest(url, name)
  const client = createClient({ url, token: async () => accessToken })
  const joined = Promise.withResolvers<void>()
  client.rooms.join('lobby', { onMembers: () => joined.resolve() })
  client.start()
  await joined.promise
  return {
    id: user.id,
    say: async (to, texts) => void (await Promise.all(texts.map((text) => client.chat.send(to, text).done))),
    ask: async (type, data, to) => (await client.request(type, data, to === undefined ? {} : { to })) as Record<string, unknown>,
    pour: async (to, texts) => {
      let number = 0
      const rest = texts[Symbol.iterator]()
      const work = async (): Promise<void> => {
        for (let next = rest.next(); !next.done; next = rest.next())
          await client.request('chat.send', { text: next.value, clientId: `p${++number}` }, { to })
      }
      await Promise.all(Array.from({ length: 100 }, work))
    },
    [Symbol.dispose]: () => client.stop(),
  }
}
