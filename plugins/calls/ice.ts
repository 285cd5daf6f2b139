// Servers that help two devices find each other. Credentials for TURN by the scheme of draft-uberti-behave-turn-rest-00, which
// coturn knows as `use-auth-secret`: they are worth something for a while, and nothing has to be told to the TURN server.
import { createHmac } from 'node:crypto'

/** Which servers there are. */
export interface IceSettings {
  readonly stun: readonly string[]
  readonly turn: readonly string[]
  readonly secret: string | undefined
  /** Seconds that credentials are worth something, at most; half of it at least. */
  readonly seconds: number
}

/** One entry of `RTCConfiguration.iceServers`. */
export interface IceServer {
  readonly urls: string[]
  readonly username?: string
  readonly credential?: string
}

/** What a client needs, and until when it may use it. */
export interface Ice {
  readonly servers: IceServer[]
  /** RFC 3339; absent when nothing in it ends. */
  readonly until?: string
}

/** The servers for one user, from now on. */
export const iceFor = (user: string, { stun, turn, secret, seconds }: IceSettings, nowMs: number): Ice => {
  const servers: IceServer[] = stun.length > 0 ? [{ urls: [...stun] }] : []
  if (turn.length === 0 || secret === undefined) return { servers }
  // They end at fixed times, so that whoever asks often gets the same ones: two an hour at most where they last an hour.
  const half = seconds / 2
  const untilS = Math.ceil((Math.floor(nowMs / 1_000 / half) + 2) * half)
  const username = `${untilS}:${user}`
  // SHA-1 is the scheme's, not a choice.
  const credential = createHmac('sha1', secret).update(username).digest('base64')
  return { servers: [...servers, { urls: [...turn], username, credential }], until: new Date(untilS * 1_000).toISOString() }
}
