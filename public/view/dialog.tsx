import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { texts } from '../state/settings.ts'
import { CrossIcon } from './icons.tsx'

interface DialogProps {
  readonly title: string
  readonly children: ComponentChildren
  onClose(): void
}

/** A sheet above the page. Esc, the cross and a press beside it close it. */
export const Dialog = ({ title, children, onClose }: DialogProps) => {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    dialog.current?.showModal()
  }, [])
  const close = (): void => dialog.current?.close()
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes a dialog by itself; the click is for the ground around it
    <dialog
      ref={dialog}
      class="settings"
      aria-labelledby={id}
      onClose={(event) => event.target === dialog.current && onClose()}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="settings__sheet">
        <header class="settings__head">
          <h2 class="settings__title" id={id}>
            {title}
          </h2>
          <button class="icon-button" type="button" aria-label={texts.value.close} onClick={close}>
            <CrossIcon />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
