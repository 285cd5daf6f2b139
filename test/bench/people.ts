// Users of a host application, with tokens that it signed: how most teams bring their own people.
import { createHmac } from 'node:crypto'

/** The secret that the host application shares with the server under test. */
export const hostSecret = 'a-secret-of-the-host-application-for-load-tests'

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const head = part({ alg: 'HS256', typ: 'JWT' })

/** A token for the host's user number `index`, valid for some hours. */
export const tokenOf = (index: number): string => {
  const nowS = Math.floor(Date.now() / 1_000)
  const signed = `${head}.${part({ sub: `load-${index}`, name: `Load ${index}`, iat: nowS, exp: nowS + 6 * 3_600 })}`
  return `${signed}.${createHmac('sha256', hostSecret).update(signed).digest('base64url')}`
}

/** The Parley id of each of the first `count` people; they become known to the server by this. */
export const idsOf = async (url: string, count: number): Promise<string[]> => {
  const ids: string[] = []
  for (let at = 0; at < count; at += 50) {
    const some = Array.from({ length: Math.min(50, count - at) }, (_, index) => idOf(url, at + index))
    ids.push(...(await Promise.all(some)))
  }
  return ids
}

const idOf = async (url: string, index: number): Promise<string> => {
  const answer = await fetch(`${url}/api/auth/me`, { headers: { authorization: `Bearer ${tokenOf(index)}` } })
  const { id } = (await answer.json()) as { id?: string }
  if (id === undefined) throw new Error(`the server does not know the person ${index}: ${answer.status}`)
  return id
}
