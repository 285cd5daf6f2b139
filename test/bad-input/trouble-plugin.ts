// A plugin that does what a handler must not, on request. Loaded by path into the real program.
import type { Hono } from 'hono'
import type { Toolkit } from '../../src/load.ts'

const secret = 'the cause, which nobody may see'
const fail = (): never => {
  throw new Error(secret)
}
const circle: Record<string, unknown> = {}
circle.self = circle

let held = Promise.withResolvers<{ held: true }>()
const hold = (): Promise<{ held: true }> => {
  held = Promise.withResolvers()
  return held.promise
}
const release = (): void => held.resolve({ held: true })

const handlers = {
  throw: fail,
  text: () => {
    throw secret
  },
  reject: async () => fail(),
  later: () => {
    setTimeout(fail, 1)
    return { ok: true }
  },
  laterStill: () => {
    setTimeout(() => setTimeout(fail, 1), 1)
    return { ok: true }
  },
  waiting: () => new Promise(() => setTimeout(fail, 1)),
  forgotten: () => {
    void Promise.reject(new Error(secret))
    return { ok: true }
  },
  cyclic: () => circle,
  bigint: () => ({ n: 1n }),
  nothing: () => undefined,
  function: () => () => {},
  list: () => [1],
  huge: () => ({ text: 'x'.repeat(10_000_000) }),
  hold,
} satisfies Record<string, () => unknown>

const addRoutes = ({ route, v }: Toolkit, app: Hono, beginsToHold: () => void): void => {
  route(app, { method: 'get', path: '/throw', summary: 'Throws.' }, fail)
  route(app, { method: 'get', path: '/reject', summary: 'Rejects.' }, async () => Promise.reject(secret))
  route(app, { method: 'get', path: '/cyclic', summary: 'Answers with what JSON cannot say.', reply: v.any() }, () => ({ n: 1n }))
  const query = v.strictObject({ a: v.string() })
  route(app, { method: 'get', path: '/query', summary: 'Takes one word.', query, reply: v.any() }, (request) => request.query)
  route(app, { method: 'get', path: '/hold', summary: 'Waits.', reply: v.any() }, () => {
    beginsToHold()
    return hold()
  })
  route(app, { method: 'post', path: '/release', summary: 'Lets go.' }, release)
}

export default (toolkit: Toolkit) => {
  const { definePlugin, message, v } = toolkit
  const plain = message({ input: v.object({}), reply: v.any() })
  const messages = Object.fromEntries([...Object.keys(handlers), 'publish'].map((verb) => [verb, plain]))
  return definePlugin({
    id: 'trouble',
    messages,
    events: { happened: v.any() },
    setup: ({ publish, everyoneTopic, store, log }) => ({
      handlers: {
        ...handlers,
        publish: () =>
          store.write(() => {
            publish(everyoneTopic, 'happened', circle)
            return { stored: true }
          }),
      },
      routes: (app) => addRoutes(toolkit, app, () => log.info({}, 'holding')),
    }),
  })
}
