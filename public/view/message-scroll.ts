// Joins the list of messages with its place.
import { useSignalEffect } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { isAttentive } from '../state/attention.ts'
import { markRead } from '../state/conversations.ts'
import { wanted } from '../state/jump.ts'
import type { Thread } from '../state/thread.ts'
import { ListPlace } from './list-place.ts'

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

/** Once something is loaded: to where reading had stopped, if that is not on the screen with the newest message. */
const useOpening = (thread: Thread, place: ListPlace, readUpTo: number): void => {
  const isLoaded = thread.isLoaded.value
  useEffect(() => {
    if (!isLoaded) return
    if (readUpTo === Number.POSITIVE_INFINITY) place.settle()
    else
      void thread.jumpTo(readUpTo + 1).then(() => {
        // Who has gone to the newest meanwhile stays there.
        if (!place.isPlaced) place.aim(({ unread }) => unread, 'start', false)
      })
  }, [isLoaded])
}

/** Somebody asked for a message: a quotation was pressed, a pin, something that was found. */
const useWanted = (thread: Thread, place: ListPlace): void =>
  useSignalEffect(() => {
    const asked = wanted.value
    if (asked?.peer !== thread.peer || !thread.isLoaded.value) return
    wanted.value = undefined
    void thread.jumpTo(asked.seq).then((isThere) => isThere && place.aim(({ seq }) => seq === asked.seq, 'center', true))
  })

/** Keep the list where the reader expects it, and tell what has been read. */
export const useMessageScroll = (thread: Thread, readUpTo: number) => {
  const [place] = useState(() => new ListPlace(thread))
  const scroller = useRef<HTMLElement>(null)
  const list = useRef<HTMLOListElement>(null)
  useLayoutEffect(() => (scroller.current && list.current ? place.hold(scroller.current, list.current) : undefined), [place])
  useLayoutEffect(() => place.drawn())
  useOpening(thread, place, readUpTo)
  useWanted(thread, place)
  useSignalEffect(() => {
    const seen = place.seen.value
    if (seen > 0 && isAttentive.value) markRead(thread, seen)
  })
  useSignalEffect(() => {
    // What could not be loaded is asked for again.
    if (!thread.isLoadingOlder.value && !thread.isLoadingNewer.value) queueMicrotask(() => place.look())
  })
  const onScroll = (): void => {
    place.scrolled()
    if (scroller.current) showMoving(scroller.current)
  }
  return { place, scroller, list, onScroll }
}
