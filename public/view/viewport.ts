// On iOS the keyboard covers the page instead of making it smaller; the visual viewport tells what is left.

/** Keep the page as high as what can be seen of it, from now on. */
export const startViewport = (): void => {
  const seen = globalThis.visualViewport
  if (!seen) return
  const fit = (): void => {
    // While somebody zooms in, the viewport is a part of the page and not its size.
    if (seen.scale > 1.01) return
    document.documentElement.style.setProperty('--height', `${Math.round(seen.height)}px`)
    if (seen.offsetTop > 0) scrollTo(0, 0)
  }
  seen.addEventListener('resize', fit)
  seen.addEventListener('scroll', fit)
  fit()
}

/** Whether two columns fit: as in styles/frame.css. */
export const isWide = (): boolean => matchMedia('(min-width: 56.25rem)').matches

/** Whether typing needs no keyboard on the screen, so that a field may take the focus unasked. */
export const hasKeyboard = (): boolean => matchMedia('(pointer: fine)').matches
