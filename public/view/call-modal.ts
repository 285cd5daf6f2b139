import { useLayoutEffect, useRef } from 'preact/hooks'

/** A dialog above everything that was there before; what had the focus gets it back when it goes. */
export const useModal = () => {
  const ref = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return ref
}
