// The Dockerfile's image without a Docker engine: buildah with chroot isolation, on a Debian base made by debootstrap. The
// base is kept between runs.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { packages } from '../support/packages.ts'

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'parley-test')
const base = 'docker.io/library/debian:bookworm-slim'

/** Why the image cannot be built here, or `undefined` if it can. */
export const whyNoImage = (): string | undefined => {
  if (process.platform !== 'linux') return 'the image form needs Linux'
  if (process.getuid?.() !== 0) return 'the image form needs root, for debootstrap and buildah without a user namespace'
  const missing = [packages.buildah, packages.debootstrap].find((needed) => needed.find() === undefined)
  return missing ? `the image form needs ${missing.debian.join(' ')}` : undefined
}

/** Run a program to its end; rejects with what it said when it failed. */
const run = async (...command: readonly string[]): Promise<string> => {
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited])
  if (code !== 0) throw new Error(`${command.slice(0, 8).join(' ')} … ended with ${code}:\n${(out + err).slice(-3000)}`)
  return out.trim()
}

const store = ['--root', join(cache, 'storage'), '--runroot', join(cache, 'run'), '--storage-driver', 'vfs']
/** A buildah command against the cached storage. */
export const buildahCommand = (...args: readonly string[]): readonly string[] => [packages.buildah.find() ?? 'buildah', ...store, ...args]
const buildah = (...args: readonly string[]): Promise<string> => run(...buildahCommand(...args))

/** The mirror that this machine itself installs from. */
const mirror = (): string => {
  const folder = '/etc/apt/sources.list.d'
  const listed = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
  const files = ['/etc/apt/sources.list', ...listed]
  return /(https?:\/\/\S*\/debian)\/?\s/.exec(files.map(readOrEmpty).join('\n'))?.[1] ?? 'http://deb.debian.org/debian'
}

const readOrEmpty = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Debian's smallest system under the name that the Dockerfile asks for. Once per machine: about half a minute. */
const provideBase = async (): Promise<void> => {
  mkdirSync(cache, { recursive: true })
  if ((await buildah('images', '--format', '{{.Name}}:{{.Tag}}')).split('\n').includes(base)) return
  const work = mkdtempSync(join(tmpdir(), 'parley-base-'))
  try {
    const root = join(work, 'root')
    await run(packages.debootstrap.find() ?? 'debootstrap', '--variant=minbase', '--include=ca-certificates', 'bookworm', root, mirror())
    for (const part of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale'])
      rmSync(join(root, part), { recursive: true, force: true })
    await run('tar', '-C', root, '-cf', join(work, 'root.tar'), '.')
    await Bun.write(join(work, 'Dockerfile'), 'FROM scratch\nADD root.tar /\n')
    await buildah('bud', '--isolation', 'chroot', '--format', 'docker', '-t', base, work)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Build the Dockerfile of `context` as `tag`, and make a container of it; gives the container's name. */
export const buildImage = async (context: string, tag: string): Promise<string> => {
  await provideBase()
  await buildah('bud', '--isolation', 'chroot', '--format', 'docker', '--pull-never', '-t', tag, context)
  return buildah('from', '--pull-never', tag)
}

/** A command in the container, as its user. Its network is this machine's. */
export const inContainer = (container: string, command: readonly string[], options: readonly string[] = []): readonly string[] =>
  buildahCommand('run', '--isolation', 'chroot', ...options, container, '--', ...command)

/** Run a command in the container to its end. */
export const runInContainer = (container: string, command: readonly string[], options: readonly string[] = []): Promise<string> =>
  run(...inContainer(container, command, options))

/** What the image says about itself, as Docker would read it. */
export const inspectImage = async (tag: string): Promise<unknown> => {
  const told = JSON.parse(await buildah('inspect', '--type', 'image', tag)) as { Docker: { config: unknown } }
  return told.Docker.config
}

/** Remove a container and its image; the base stays. */
export const removeImage = async (container: string, tag: string): Promise<void> => {
  await buildah('rm', container)
  await buildah('rmi', tag)
}

/** buildah ends its child hard when it is signalled itself, so a container's server is found by a mark in its environment. */
export const serverInContainer = (mark: string): number => {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const isServer = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark) && readlinkSync(`/proc/${pid}/exe`).endsWith('/parley')
    } catch {
      return false
    }
  }
  const pid = pids.find(isServer)
  if (!pid) throw new Error('no server runs in the container')
  return Number(pid)
}
