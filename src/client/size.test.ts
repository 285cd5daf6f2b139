import { expect, test } from 'bun:test'
import { join } from 'node:path'

const limitBytes = 12 * 1024

test('the client is smaller than 12 KiB, minified and compressed, and needs nothing else', async () => {
  const built = await Bun.build({ entrypoints: [join(import.meta.dir, 'index.ts')], target: 'browser', minify: true })
  const [output] = built.outputs
  const text = (await output?.text()) ?? ''
  const sizeBytes = Bun.gzipSync(text).byteLength
  console.log(`client: ${text.length} bytes minified, ${sizeBytes} bytes compressed`)
  expect(text.length).toBeGreaterThan(5_000)
  expect(sizeBytes).toBeLessThan(limitBytes)
  expect(text).not.toMatch(/\b(import|require)\s*\(|\bfrom\s*["']/)
})

test('calls are an import of their own, smaller than 10 KiB compressed, and need nothing else', async () => {
  const built = await Bun.build({ entrypoints: [join(import.meta.dir, 'calls/index.ts')], target: 'browser', minify: true })
  const text = (await built.outputs[0]?.text()) ?? ''
  const sizeBytes = Bun.gzipSync(text).byteLength
  console.log(`calls: ${text.length} bytes minified, ${sizeBytes} bytes compressed`)
  expect(sizeBytes).toBeLessThan(10 * 1024)
  expect(text).not.toMatch(/\b(import|require)\s*\(|\bfrom\s*["']/)
  // Who makes no calls does not load them, and two copies of the client's errors would not know each other.
  const without = await Bun.build({ entrypoints: [join(import.meta.dir, 'index.ts')], target: 'browser', minify: true })
  expect(await without.outputs[0]?.text()).not.toContain('RTCPeerConnection')
  expect(text).not.toContain('ClientError')
})

test('the client takes nothing but types from the server', async () => {
  const files = await Array.fromAsync(new Bun.Glob('*.ts').scan({ cwd: import.meta.dir }))
  const own = files.filter((name) => !name.endsWith('.test.ts'))
  const texts = await Promise.all(own.map((name) => Bun.file(join(import.meta.dir, name)).text()))
  const imports = texts.flatMap((text) => text.match(/^import .*from '.*'$/gms) ?? []).join('\n')
  expect(own.length).toBeGreaterThan(10)
  expect(imports).toContain("from './environment.ts'")
  for (const line of imports.split('\n').filter((text) => /from '(?!\.\/)/.test(text))) expect(line).toMatch(/^import type /)
})
