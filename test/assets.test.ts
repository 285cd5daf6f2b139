import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Assets, createAssets, embed } from '../src/assets.ts'
import { bundlePage } from '../src/runtime/bun-page.ts'

// Inside the repository, so that the page finds its packages.
const folder = mkdtempSync(join(import.meta.dir, '.page-'))
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)

beforeAll(() => {
  mkdirSync(join(folder, 'docs'))
  write(
    'index.html',
    '<!doctype html><title>t</title><link rel="stylesheet" href="./page.css"><script type="module" src="./main.tsx"></script>',
  )
  write('page.css', 'p { color: red }')
  write('main.tsx', "import { render } from 'preact'\nrender(<p>hello</p>, document.body)\n")
  write('icon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
  write('docs/PROTOCOL.md', '# Wire\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

const bundle = () => bundlePage(pathToFileURL(`${folder}/`))
const text = async (assets: Assets, path: string) => new TextDecoder().decode((await assets.get(path))?.body)
const linked = (page: string, ending: string) => new RegExp(`"(/assets/[^"]+\\.${ending})"`).exec(page)?.[1] ?? 'none'

const forms: readonly [string, () => Promise<Assets>][] = [
  ['from source', async () => createAssets({ bundle })],
  ['embedded', async () => createAssets({ embedded: embed(await bundle()) })],
]

describe.each(forms)('assets %s', (_, make) => {
  test('the page is served at / with nothing inline, and is revalidated', async () => {
    const assets = await make()
    expect(await assets.get('/')).toMatchObject({ type: 'text/html; charset=utf-8', immutable: false })
    const page = await text(assets, '/')
    expect(page).not.toMatch(/<style|style=|<script(?![^>]* src=)/)
  })

  test('the script and the style carry a hash in their names and may be cached for ever', async () => {
    const assets = await make()
    const page = await text(assets, '/')
    expect(await assets.get(linked(page, 'js'))).toMatchObject({ type: 'text/javascript; charset=utf-8', immutable: true })
    expect(await assets.get(linked(page, 'css'))).toMatchObject({ type: 'text/css; charset=utf-8', immutable: true })
    expect(await text(assets, linked(page, 'js'))).toContain('hello')
  })

  test('documents and pictures are served under their own names', async () => {
    const assets = await make()
    expect(await text(assets, '/docs/PROTOCOL.md')).toBe('# Wire\n')
    expect(await assets.get('/icon.svg')).toMatchObject({ type: 'image/svg+xml', immutable: false })
  })

  test('sources, unknown paths and ways out of the folder are not there', async () => {
    const assets = await make()
    for (const path of ['/main.tsx', '/page.css', '/nothing', '/../package.json', '/%2e%2e/package.json', '//etc/passwd', '/__proto__', ''])
      expect(await assets.get(path)).toBeUndefined()
  })

  test('the same content has the same entity tag, other content another', async () => {
    const [one, two] = [await make(), await make()]
    expect((await one.get('/'))?.etag).toBe((await two.get('/'))?.etag as string)
    expect((await one.get('/'))?.etag).not.toBe((await one.get('/icon.svg'))?.etag as string)
    expect((await one.get('/'))?.etag).toMatch(/^"[\w-]{22}"$/)
  })
})

test('nothing is bundled before the first request, and once after it', async () => {
  let runs = 0
  const assets = createAssets({
    bundle: () => {
      runs++
      return bundle()
    },
  })
  expect(runs).toBe(0)
  await Promise.all([assets.get('/'), assets.get('/icon.svg')])
  expect(runs).toBe(1)
})

test('a page that does not compile fails its request, and works once it is corrected', async () => {
  const assets = createAssets({ bundle })
  const source = await Bun.file(join(folder, 'main.tsx')).text()
  write('main.tsx', 'const = 1')
  await expect(assets.get('/')).rejects.toThrow()
  write('main.tsx', source)
  expect(await text(assets, '/')).toContain('/assets/')
})
