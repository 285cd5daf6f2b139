// Calls (plugin `calls`; PROTOCOL.md, section 14): what the rest of the page knows of them. Everything else of them is a
// bundle of its own, which is loaded when a server says that it has calls.
import { computed, effect, signal } from '@preact/signals'
import type { PageClient } from '../wire.ts'
import { has } from './connection.ts'
import { nameOf } from './people.ts'
import { texts } from './settings.ts'
import type { Telephone } from './telephone.ts'

/** Calls of who is signed in; `undefined` where there are none, or not yet. */
export const telephone = signal<Telephone | undefined>(undefined)

/** Whether the list of calls stands in the place of the conversations. */
export const isLogOpen = signal(false)

/** Whether this browser can make calls here at all: it gives no microphone to a page that came over plain http. */
export const isCallSafe = (): boolean => globalThis.isSecureContext && 'RTCPeerConnection' in globalThis

/** Whether calls can be offered. */
export const canCall = (): boolean => has('calls') === true && isCallSafe()

/** What the title says while somebody calls. */
export const ringingTitle = computed(() => {
  const caller = telephone.value?.ringing[0]?.info.caller
  const words = texts.value
  return caller === undefined ? undefined : words.calls.titleCalling(nameOf(caller) ?? words.unnamed)
})

/** Have calls as soon as it is known that they are on. Returns how to end it. */
export const startCalls = (made: PageClient, me: string): (() => void) => {
  let isEnded = false
  let isLoading = false
  const load = async (): Promise<void> => {
    isLoading = true
    try {
      const { Telephone: Made } = await import('./telephone.ts')
      if (!isEnded) telephone.value = new Made(made, me)
    } catch {
      // The next welcome tries again: the server may have been replaced by one whose bundle is called otherwise.
      isLoading = false
    }
  }
  const stop = effect(() => {
    if (canCall() && !isLoading) void load()
  })
  return () => {
    isEnded = true
    stop()
    telephone.peek()?.close()
    telephone.value = undefined
    isLogOpen.value = false
  }
}
