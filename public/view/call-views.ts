import { effect, signal } from '@preact/signals'
import { telephone } from '../state/calls.ts'

const views = signal<typeof import('./call-layer.tsx') | undefined>(undefined)

effect(() => {
  if (!telephone.value || views.peek()) return
  const load = async (): Promise<void> => {
    views.value = await import('./call-layer.tsx')
  }
  // As in state/calls.ts: it comes with the next telephone.
  void load().catch(() => undefined)
})

/** The views of calls, which come in a bundle of their own; `undefined` until it is here, and where there are no calls. */
export const callViews = (): typeof import('./call-layer.tsx') | undefined => (telephone.value ? views.value : undefined)
