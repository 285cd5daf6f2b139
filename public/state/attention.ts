import { signal } from '@preact/signals'

/** Whether somebody is looking at this page: it is visible and its window has the focus. */
export const isAttentive = signal(true)

/** Keep it true to life, from now on. */
export const startAttention = (): void => {
  const look = (): void => {
    isAttentive.value = document.visibilityState === 'visible' && document.hasFocus()
  }
  addEventListener('focus', look)
  addEventListener('blur', look)
  document.addEventListener('visibilitychange', look)
  look()
}
