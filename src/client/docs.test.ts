// CLIENT.md cannot drift from the code: its samples are pieces of a file that compiles, its tables name what there is.
import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { type ClientCode, clientError } from './errors.ts'

const root = join(import.meta.dir, '../..')
const read = (path: string): Promise<string> => Bun.file(join(root, path)).text()
const page = await read('public/docs/CLIENT.md')

describe('CLIENT.md', () => {
  test('quotes samples that compile', async () => {
    const samples = [...page.matchAll(/^```ts excerpt=(\S+)\n(.*?)^```$/gms)]
    expect(samples.length).toBeGreaterThan(4)
    for (const [, path = '', text = ''] of samples) expect(await read(path)).toContain(text)
  })

  test('lists the codes of the client’s own errors, and no others', async () => {
    const listed = [...page.matchAll(/^\| `(CLIENT_\w+)`/gm)].map(([, code]) => code as ClientCode)
    const known = [...(await read('src/client/errors.ts')).matchAll(/^ {2}(CLIENT_\w+):/gm)].map(([, code]) => code as string)
    expect(listed.toSorted()).toEqual(known.toSorted() as ClientCode[])
    for (const code of listed) expect(clientError(code)).toMatchObject({ code, message: expect.stringMatching(/\.$/) })
  })

  test('lists the states of a client and of a sending', async () => {
    const types = await read('src/client/types.ts')
    const states = [...types.matchAll(/^ {2}\| \{ readonly kind: '(\w+)'/gm)].map(([, kind]) => kind)
    const sendingStates = /SendingState = (.*)/.exec(types)?.[1]?.match(/\w+/g) ?? []
    expect([states.length, sendingStates.length]).toEqual([5, 5])
    for (const state of [...states, ...sendingStates]) expect(page).toContain(`| \`${state}\` |`)
  })

  test('has no heading in its contents that it does not have', () => {
    const links = [...page.matchAll(/^\d+\. \[(.+)\]\(#(.+)\)$/gm)]
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
    expect(links.map(([, text]) => text)).toEqual(headings)
    for (const [, text = '', anchor] of links) expect(anchor).toBe(text.toLowerCase().replace(/ /g, '-'))
  })
})
