// When the network that a device is in has changed.
import type { Undo } from '../types.ts'

/** What browsers that have it say of a network; `type` is there on telephones and tablets only. */
type Network = EventTarget & { readonly type?: string }

/** Called when there is a network again, or one of another kind, as from Wi-Fi to a telephone's. Never called outside of pages. */
export const onNetworkChange = (listener: () => void): Undo => {
  const { connection } = globalThis.navigator as { readonly connection?: Network }
  let type = connection?.type
  // It also says how fast the network seems to be, which is no reason to look for another way.
  const look = (): void => {
    if (connection?.type === type) return
    type = connection?.type
    listener()
  }
  globalThis.addEventListener?.('online', listener)
  connection?.addEventListener('change', look)
  return () => {
    globalThis.removeEventListener?.('online', listener)
    connection?.removeEventListener('change', look)
  }
}
