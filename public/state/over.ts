// What lies over the page and goes by Back, as on a phone. It has an entry of its own in the history, at the same address.

interface Mark {
  readonly isOver?: boolean
}

const isOver = (): boolean => (history.state as Mark | null)?.isOver === true

/** Let Back call `close`. What it returns is to be called when the thing has gone, however it went. */
export const closeByBack = (close: () => void): (() => void) => {
  history.pushState({ ...history.state, isOver: true }, '')
  addEventListener('popstate', close)
  return () => {
    removeEventListener('popstate', close)
    if (isOver()) history.back()
  }
}

/** Leave the entry of something that a reload has taken away. */
export const leaveOver = (): void => {
  if (isOver()) history.back()
}
