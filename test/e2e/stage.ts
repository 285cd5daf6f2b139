// A server in this process whose clock can be put back, so that yesterday's messages are really from yesterday.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogue } from '../../plugins/index.ts'
import { ambient } from '../../src/ambient.ts'
import { createAssets } from '../../src/assets.ts'
import { createClient } from '../../src/client/index.ts'
import { Config } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { selectRuntime } from '../../src/runtime/select.ts'
import { startServer } from '../../src/server.ts'
import type { Actor, Scene } from './scene.ts'

const password = 'a password for pictures'

/** An account on the stage. */
export interface Player extends Actor {
  readonly id: string
  readonly login: string
}

/** What the welcome form would get. */
export interface Entry {
  readonly user: { readonly id: string; readonly name: string; readonly guest: boolean }
  readonly accessToken: string
  readonly refreshToken: string
}

/** A player who is here now. */
export interface Present {
  say(to: Player, text: string): Promise<void>
  /** Any message of the protocol; answers its ack. */
  ask(type: string, data: object, to?: string): Promise<Record<string, unknown>>
  leave(): void
}

/** A server with people and their history. */
export interface Stage {
  readonly url: string
  /** Players by key. */
  readonly players: ReadonlyMap<string, Player>
  /** Sign a player in once more, as another device. */
  enter(player: Player): Promise<Entry>
  /** Come in and stay: the player is here now. Returns how to go, and how to write. */
  appear(player: Player): Promise<Present>
  stop(): Promise<void>
}

const post = async (url: string, body: object): Promise<Entry> => {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Entry
}

const startOnClock = async (folder: string, now: () => number) =>
  startServer({
    runtime: selectRuntime(),
    config: new Config({
      env: {
        PORT: '0',
        HOST: '127.0.0.1',
        PARLEY_LIMITS: 'off',
        PARLEY_LOG_LEVEL: 'silent',
        PARLEY_CHAT_MAX_TEXT: '3000',
        DATABASE_URL: `sqlite:${join(folder, 'stage.db')}`,
      },
      file: {},
    }),
    plugins: [...catalogue],
    assets: createAssets(),
    ambient: { ...ambient(0), now },
    log: createLog('silent'),
    onFatal: (failure) => {
      throw failure
    },
  })

/** A client of one player, online. */
const connect = (url: string, entry: Entry) => {
  const client = createClient({ url, token: async () => entry.accessToken })
  return new Promise<typeof client>((resolve, reject) => {
    client.onState((state) => {
      if (state.kind === 'online') resolve(client)
      if (state.kind === 'closed') reject(new Error(`closed: ${JSON.stringify(state.reason)}`))
    })
    client.start()
  })
}

const createPlayers = async (url: string, scene: Scene): Promise<ReadonlyMap<string, Player>> => {
  const players = new Map<string, Player>()
  for (const actor of scene.actors) {
    const { user } = await post(`${url}/api/auth/register`, { name: actor.name, login: actor.key, password })
    players.set(actor.key, { ...actor, id: user.id, login: actor.key })
  }
  return players
}

/** Start a server and let everything of `scene` happen on it. */
export const setStage = async (scene: Scene): Promise<Stage> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-stage-'))
  let behindMs = 0
  const server = await startOnClock(folder, () => Date.now() - behindMs)
  const url = `http://127.0.0.1:${server.port}`
  behindMs = 8 * 24 * 3_600_000
  const players = await createPlayers(url, scene)
  const enter = (player: Player): Promise<Entry> => post(`${url}/api/auth/login`, { login: player.login, password })
  const find = (key: string): Player => {
    const player = players.get(key)
    if (!player) throw new Error(`nobody is called ${key}`)
    return player
  }
  for (const { from, to, at, text } of scene.said) {
    behindMs = at * 60_000
    // A token lasts ten minutes, the story a week: everybody comes in anew for each thing they say.
    const client = await connect(url, await enter(find(from)))
    await client.chat.send(find(to).id, text).done
    client.stop()
  }
  behindMs = 0
  const present = new Set<() => void>()
  return {
    url,
    players,
    enter,
    appear: async (player) => {
      const client = await connect(url, await enter(player))
      const joined = Promise.withResolvers<void>()
      client.rooms.join('lobby', { onMembers: () => joined.resolve() })
      await joined.promise
      const leave = (): void => client.stop()
      present.add(leave)
      return {
        say: async (to, text) => void (await client.chat.send(to.id, text).done),
        ask: async (type, data, to) => (await client.request(type, data, to === undefined ? {} : { to })) as Record<string, unknown>,
        leave,
      }
    },
    stop: async () => {
      for (const leave of present) leave()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
