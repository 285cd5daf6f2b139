import { useState } from 'preact/hooks'
import { errorText } from '../i18n/error-text.ts'
import { texts } from '../state/settings.ts'

/** What is under way: one thing at a time, and why it did not work. */
export const useTask = () => {
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const run = (work: () => Promise<unknown>): void => {
    if (isBusy) return
    setBusy(true)
    setFault(undefined)
    const fail = (error: unknown): void => setFault(errorText((error as { code?: string }).code, texts.peek()))
    void work()
      .catch(fail)
      .finally(() => setBusy(false))
  }
  return { isBusy, fault, run }
}

/** Why something did not work. */
export const Fault = ({ text }: { readonly text: string | undefined }) =>
  text === undefined ? null : (
    <p class="field__error" role="alert">
      {text}
    </p>
  )
