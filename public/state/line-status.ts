// What the page says about the line. Pure: the words and the button follow from the client's state alone.
import type { ClientState } from '../../src/client/index.ts'
import type { Dictionary } from '../i18n/en.ts'

/** How the line is, as a coloured dot and one word tell it. */
export interface LineStatus {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly text: string
}

/** The bar at the top: why nothing gets through, and what to do about it. */
export interface LineNotice {
  readonly text: string
  /** The countdown: changes every second, so it is not read aloud. */
  readonly detail?: string
  readonly action?: { readonly label: string; readonly does: 'retry' | 'start' }
}

/** What the status depends on beside the client's state. */
export interface LineContext {
  readonly isNetworkDown: boolean
  /** Whether there has been a line before: then the present lack of one is worth a bar. */
  readonly wasOnline: boolean
  /** Whole seconds to the next try. */
  readonly seconds: number
}

const restart = 1012

/** The dot and the word beside one's own name. */
export const lineStatus = (state: ClientState, { isNetworkDown, wasOnline }: LineContext, texts: Dictionary): LineStatus => {
  if (state.kind === 'online') return { tone: 'good', text: texts.online }
  if (isNetworkDown || state.kind === 'closed') return { tone: 'bad', text: texts.offline }
  if (state.kind === 'waiting') return { tone: 'bad', text: texts.offline }
  return { tone: 'busy', text: wasOnline ? texts.reconnecting : texts.connecting }
}

const whenWaiting = (code: number, { isNetworkDown, seconds }: LineContext, texts: Dictionary): LineNotice => {
  const action = { label: texts.retryNow, does: 'retry' } as const
  if (isNetworkDown) return { text: texts.youAreOffline, action }
  return { text: code === restart ? texts.restarting : texts.noConnection, detail: texts.nextTry(seconds), action }
}

/** The bar, or `undefined` when all is well or about to be. */
export const lineNotice = (state: ClientState, context: LineContext, texts: Dictionary): LineNotice | undefined => {
  if (state.kind === 'waiting') return whenWaiting(state.reason.code, context, texts)
  if (state.kind === 'closed' && state.reason) return { text: texts.refused, action: { label: texts.reconnect, does: 'start' } }
  // Between two tries the bar stays, or it would flicker.
  if (state.kind !== 'connecting' || (state.attempt === 0 && !context.wasOnline)) return undefined
  return context.isNetworkDown ? { text: texts.youAreOffline } : { text: texts.noConnection, detail: texts.nextTry(0) }
}
