// Whether another microphone or camera can take the place of one that is gone.

/** The browser's names for what the system prefers: not devices of their own. */
const pseudo = new Set<string | undefined>(['', 'default', 'communications'])

/** What went away. */
export interface Gone {
  readonly track: MediaStreamTrack
  /** Its settings while it worked: afterwards the browser may not know them any more. */
  readonly settings: MediaTrackSettings
  /** It was missing in the browser's list once: should it be there again, it was plugged in. */
  isUnplugged: boolean
}

/** Whether it was unplugged, and there is one now. One that is there all the time was taken from us, and so would be the next. */
export const hasSubstitute = async (kind: 'audio' | 'video', gone: Gone): Promise<boolean> => {
  const { deviceId: id, groupId: group } = gone.settings
  const all = await navigator.mediaDevices.enumerateDevices().catch(() => [])
  const known = all.filter((device) => device.kind === `${kind}input`)
  const same = known.filter(({ deviceId }) => !pseudo.has(deviceId))
  // Behind the browser's name for the preferred one there is another group as soon as another one is preferred.
  const isThere = known.some(({ deviceId, groupId }) => (pseudo.has(id) ? groupId === group : deviceId === id))
  gone.isUnplugged ||= !isThere
  return gone.isUnplugged && same.length > 0
}
