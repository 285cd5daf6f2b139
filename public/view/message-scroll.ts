// Where the list of messages stands. The scroller is laid out from the bottom (column-reverse): 0 is the newest message,
// earlier ones have negative positions. So the newest stays in view when the window or the composer changes its height,
// and earlier messages that are put in front move nothing. Only what is added below has to be made up for.
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Thread } from '../state/thread.ts'

/** Closer to the end than this, px, counts as being there. */
const nearEnd = 60
/** Earlier messages are asked for this many screens before they are needed. */
const ahead = 1.5

/** What the list showed at its last drawing. */
interface Shown {
  readonly height: number
  readonly lastKey: string | undefined
}

interface Newest {
  readonly lastKey: string | undefined
  readonly isOwn: boolean
}

const keepPlace = (scroller: HTMLElement, before: Shown, { lastKey, isOwn }: Newest, isAtEnd: boolean): void => {
  if (lastKey === before.lastKey) return
  if (isOwn || isAtEnd) scroller.scrollTop = 0
  else if (before.height > 0) scroller.scrollTop -= scroller.scrollHeight - before.height
}

/** Put the mark of what is new into view when it does not fit on the screen with the newest message. */
const showMark = (scroller: HTMLElement): void => {
  const mark = scroller.querySelector('.unread')
  if (mark && mark.getBoundingClientRect().top < scroller.getBoundingClientRect().top) mark.scrollIntoView({ block: 'start' })
}

const restMs = 1_200
const rests = new WeakMap<HTMLElement, ReturnType<typeof setTimeout>>()

/** Mark the list as moving until it has rested a while; the style shows the day at the upper edge meanwhile. */
const showMoving = (scroller: HTMLElement): void => {
  clearTimeout(rests.get(scroller))
  scroller.dataset.moving = ''
  rests.set(
    scroller,
    setTimeout(() => delete scroller.dataset.moving, restMs),
  )
}

/** Keep the list where the reader expects it. */
export const useMessageScroll = (thread: Thread, newest: Newest) => {
  const ref = useRef<HTMLElement>(null)
  const shown = useRef<Shown>({ height: 0, lastKey: undefined })
  const isAtEnd = useSignal(true)

  const look = (): void => {
    const scroller = ref.current
    if (!scroller) return
    isAtEnd.value = scroller.scrollTop > -nearEnd
    const above = scroller.scrollHeight - scroller.clientHeight + scroller.scrollTop
    if (above < scroller.clientHeight * ahead) void thread.loadOlder()
  }

  const { lastKey, isOwn } = newest
  const first = thread.log.value[0]?.seq
  useLayoutEffect(() => {
    const scroller = ref.current
    if (!scroller) return
    keepPlace(scroller, shown.current, { lastKey, isOwn }, isAtEnd.peek())
    if (shown.current.lastKey === undefined && lastKey !== undefined) showMark(scroller)
    shown.current = { height: scroller.scrollHeight, lastKey }
    look()
  }, [lastKey, first, thread])

  const onScroll = (): void => {
    look()
    if (ref.current) showMoving(ref.current)
  }
  const toEnd = (): void => ref.current?.scrollTo({ top: 0, behavior: 'smooth' })
  return { ref, isAtEnd, onScroll, toEnd }
}
