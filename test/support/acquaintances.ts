// People with a device each, who ask things of the plugin `contacts`, for the tests of its suites.
import type { TestServer } from './server.ts'
import type { Loose, TestSocket } from './socket.ts'

/** A person, or an id. */
type Someone = { readonly id: string } | string

const idOf = (to: Someone): string => (typeof to === 'string' ? to : to.id)

/** What a socket has been told by the plugin so far, as `event state`; nothing that was sent before is missing. */
export const told = async (device: TestSocket): Promise<string[]> => {
  await device.settle()
  const frames = device.frames.filter(({ type }) => type.startsWith('contacts.'))
  return frames.map(({ type, data }) => `${type.slice('contacts.'.length)} ${data.contact?.state ?? data.whoMayWrite}`)
}

/** One person with one device. */
export interface Acquaintance {
  readonly id: string
  /** What the directory of the tests calls them. */
  readonly name: string
  readonly device: TestSocket
  /** The contact, after a message about somebody else. */
  ask(verb: string, to: Someone, data?: object): Promise<Loose>
  /** The code with which such a message is refused. */
  refusal(verb: string, to: Someone, data?: object): Promise<string>
  /** What they may do to somebody, as the prober of the tests says. */
  may(to: { readonly id: string }): Promise<string[]>
  /** The answer to a message about nobody. */
  get(verb: string, data?: object): Promise<Loose>
  /** What their device has been told so far, as `event state`. */
  told(): Promise<string[]>
}

/** Makes people that no other test of the suite knows. */
export const acquaintances = (server: () => TestServer) => {
  let count = 1_000
  const person = async (): Promise<Acquaintance> => {
    const id = `U${++count}`
    const device = await server().connect(id)
    return {
      ...{ id, name: `Name ${id.slice(1)}`, device },
      ask: async (verb, to, data = {}) => (await device.request(`contacts.${verb}`, data, { to: idOf(to) })).contact,
      refusal: (verb, to, data = {}) => device.refusal(`contacts.${verb}`, data, { to: idOf(to) }),
      may: async (to) => (await device.request('prober.may', {}, { to: to.id })).may,
      get: (verb, data = {}) => device.request(`contacts.${verb}`, data),
      told: () => told(device),
    }
  }
  const people = async (): Promise<[Acquaintance, Acquaintance]> => [await person(), await person()]
  const friends = async (): Promise<[Acquaintance, Acquaintance]> => {
    const [ann, bob] = await people()
    await ann.ask('request', bob)
    await bob.ask('accept', ann)
    return [ann, bob]
  }
  return { person, people, friends }
}
