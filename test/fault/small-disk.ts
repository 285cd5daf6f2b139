// A disk of one's own, to fill or to copy: mounted below a temporary folder by root.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: 'ignore' })

/** A file that holds a file system, and where it is mounted. */
export interface Disk {
  readonly image: string
  readonly folder: string
  unmount(): void
}

const mountAt = (image: string, folder: string): Disk => {
  mkdirSync(folder, { recursive: true })
  run('mount', '-o', 'loop', image, folder)
  let isMounted = true
  const unmount = (): void => {
    if (isMounted) run('umount', '-l', folder)
    isMounted = false
    rmdirSync(folder)
  }
  return { image, folder, unmount }
}

/** Make an ext4 in a file and mount it. */
export const makeDisk = (folder: string, mib: number): Disk => {
  const image = join(folder, 'disk.img')
  writeFileSync(image, '')
  truncateSync(image, mib * 1_048_576)
  run('mkfs.ext4', '-q', '-F', image)
  return mountAt(image, join(folder, 'disk'))
}

/** Mount a copy: the file system recovers by its journal, as after a loss of power. */
export const mountCopy = (image: string): Disk => mountAt(image, `${image}.mounted`)

/** What was written so far reaches the disk. */
export const flush = ({ folder }: Disk): void => run('sync', '-f', folder)

/** Why there is no disk in a file; `undefined` when there can be one. */
export const noDisk = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root can mount a disk to cut off'
  const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'))
  try {
    makeDisk(folder, 8).unmount()
    return undefined
  } catch {
    return 'this machine lets nobody mount an ext4 in a file'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
