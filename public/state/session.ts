// Who is signed in. The access token lives in memory; the refresh token, which works once, in localStorage,
// where all tabs of this browser share it.
import { signal } from '@preact/signals'
import * as v from 'valibot'
import { type Answers, ApiError, type Door, enter, logout, refreshTokens, renameUser, type Tokens, type User } from '../api.ts'
import { onOtherTab, readJson, storage, writeJson } from './storage.ts'

/** Why a person who was signed in is not any more. */
export type Farewell = 'revoked' | 'expired'

const key = 'parley.session'
const keptSession = v.object({ refreshToken: v.string(), user: v.object({ id: v.string(), name: v.string(), guest: v.boolean() }) })
// An access token is renewed when it has less than this left, so that it does not end on its way.
const marginMs = 30_000

/** Who is signed in; `undefined` when nobody is. */
export const user = signal<User | undefined>(undefined)
/** What the welcome view has to say. */
export const farewell = signal<Farewell | undefined>(undefined)

let access: { readonly token: string; readonly endsAt: number } | undefined
let renewal: Promise<string | undefined> | undefined

const readKept = (): v.InferOutput<typeof keptSession> | undefined => {
  const parsed = v.safeParse(keptSession, readJson(key))
  return parsed.success ? parsed.output : undefined
}

const adopt = (tokens: Tokens): string => {
  writeJson(key, { refreshToken: tokens.refreshToken, user: tokens.user })
  access = { token: tokens.accessToken, endsAt: Date.now() + tokens.expiresIn * 1000 }
  farewell.value = undefined
  if (user.value?.id !== tokens.user.id || user.value.name !== tokens.user.name) user.value = tokens.user
  return tokens.accessToken
}

const leave = (reason?: Farewell): void => {
  access = undefined
  farewell.value = reason
  user.value = undefined
}

/** Come in. Rejects with `ApiError`. */
export const signIn = async (door: Door, answers: Answers): Promise<void> => {
  adopt(await enter(door, answers))
}

/** The session is over: forget it and show the welcome view. */
export const endSession = (reason: Farewell): void => {
  storage.remove(key)
  leave(reason)
}

/** Sign out here, and on the server if it can be reached. */
export const signOut = async (): Promise<void> => {
  // Asked for before the session is forgotten; without a line the server's session simply runs out.
  const token = await accessToken().catch(() => undefined)
  storage.remove(key)
  leave()
  if (token !== undefined) await logout(token).catch(() => undefined)
}

/** We are called otherwise now. */
export const noteOwnName = (name: string): void => {
  const kept = readKept()
  if (kept) writeJson(key, { ...kept, user: { ...kept.user, name } })
  if (user.peek() && user.peek()?.name !== name) user.value = { ...(user.peek() as User), name }
}

/** Take another name. Rejects with `ApiError`. */
export const rename = async (name: string): Promise<void> => {
  const token = await accessToken()
  if (token !== undefined) noteOwnName((await renameUser(name, token)).name)
}

/** Run `work` in one tab at a time, where the browser can (it cannot on plain http, but for localhost). */
const alone = <T>(work: () => Promise<T>): Promise<T> =>
  globalThis.navigator?.locks ? navigator.locks.request('parley.refresh', work) : work()

const renew = async (): Promise<string | undefined> => {
  // Read inside the lock: another tab may have used up the token that we knew.
  const kept = readKept()
  if (!kept || kept.user.id !== user.value?.id) return undefined
  try {
    return adopt(await refreshTokens(kept.refreshToken))
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    // Without the lock two tabs may race; who lost finds the winner's token here.
    if (readKept()?.refreshToken !== kept.refreshToken) return renew()
    endSession('expired')
    return undefined
  }
}

/** Forget the access token, which the server did not want. */
export const dropAccess = (): void => {
  access = undefined
}

/** An access token with some life left; `undefined` when the session is over. Rejects when the server cannot be reached. */
export const accessToken = (): Promise<string | undefined> => {
  if (access && access.endsAt - Date.now() > marginMs) return Promise.resolve(access.token)
  renewal ??= alone(renew).finally(() => {
    renewal = undefined
  })
  return renewal
}

/** Take up the session of the last visit, and follow what other tabs do with it. */
export const startSession = (): void => {
  user.value = readKept()?.user
  onOtherTab(key, () => {
    const kept = readKept()
    if (kept?.user.id === user.value?.id) return
    leave()
    user.value = kept?.user
  })
}
