// Debian packages for the tests: installed when we are root and apt is there, otherwise named with what will be skipped.
import { type PackageName, packages } from '../../test/support/packages.ts'

const say = (text: string): void => {
  process.stderr.write(`test: ${text}\n`)
}

const mayInstall = (): boolean => process.getuid?.() === 0 && Bun.which('apt-get') !== null && process.env.PARLEY_TEST_INSTALL !== 'off'

/** Run apt-get quietly; what it said is shown only when it failed. */
const aptGet = async (...args: readonly string[]): Promise<boolean> => {
  const child = Bun.spawn(['apt-get', '-qq', '-o', 'Acquire::Retries=2', '-o', 'DPkg::Lock::Timeout=60', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited])
  if (code !== 0) say(`apt-get ${args[0]} failed:\n${(out + err).trim().split('\n').slice(-8).join('\n')}`)
  return code === 0
}

/** An old list knows versions that the mirror has dropped, so it is refreshed once; a mirror we do not need may fail. */
const installAll = async (names: readonly PackageName[]): Promise<void> => {
  await aptGet('update')
  for (const name of names) {
    const startedAt = performance.now()
    say(`installing ${packages[name].debian.join(', ')} …`)
    const done = await aptGet('install', '-y', '--no-install-recommends', ...packages[name].debian)
    if (done) say(`${packages[name].debian.join(', ')} installed in ${Math.round((performance.now() - startedAt) / 1000)} s`)
  }
}

/** Make sure of `needed`, as far as this machine allows; says in one line what stays missing. */
export const providePackages = async (needed: readonly PackageName[]): Promise<void> => {
  const missing = () => needed.filter((name) => packages[name].find() === undefined)
  if (missing().length === 0) return
  if (mayInstall()) await installAll(missing())
  const left = missing()
  if (left.length === 0) return
  const debian = left.flatMap((name) => packages[name].debian).join(' ')
  const purposes = [...new Set(left.map((name) => packages[name].purpose))].join(', ')
  say(`missing, and not ours to install: ${debian}. Skipped without them: ${purposes}. (As root: apt-get install ${debian})`)
}
