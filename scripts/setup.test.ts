import { expect, test } from 'bun:test'
import { join } from 'node:path'

const root = join(import.meta.dir, '..')

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const manifest = (await Bun.file(join(root, 'package.json')).json()) as Record<
  'dependencies' | 'devDependencies' | 'scripts',
  Record<string, string>
>
const lock = (await Bun.file(join(root, 'package-lock.json')).json()) as { packages: Readonly<Record<string, Locked>> }

/** `node scripts/run.mjs …` as Bun runs it where Node is absent. */
const entry = async (...args: readonly string[]) => {
  const child = Bun.spawn([process.execPath, join(root, 'scripts/run.mjs'), ...args], { stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited])
  return { out, err, code }
}

test('--help lists every command of package.json', async () => {
  const { out, code } = await entry('--help')
  expect(code).toBe(0)
  for (const script of Object.values(manifest.scripts)) expect(out).toContain(`\n  ${script.split(' ').at(-1)} `)
})

test('an unknown command exits with 2 and shows the usage', async () => {
  const { err, code } = await entry('strat')
  expect(code).toBe(2)
  expect(err).toStartWith('There is no command “strat”.\n\nusage:')
})

test('dependencies are pinned exactly', () => {
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies })
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
})

test('the lock agrees with package.json', () => {
  const wanted = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  expect(wanted.filter(([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version)).toEqual([])
})

test('the lock names the package for every platform, so that npm ci works on all of them', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${path}/node_modules/${name}`],
    ),
  )
  expect(missing).toEqual([])
})

test('the lock names no registry', () => {
  expect(Object.values(lock.packages).filter(({ resolved }) => resolved !== undefined)).toEqual([])
})
