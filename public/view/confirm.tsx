import { signal } from '@preact/signals'
import { texts } from '../state/settings.ts'
import { Dialog } from './dialog.tsx'

interface Question {
  readonly title: string
  readonly text: string
  readonly action: string
  answer(isSure: boolean): void
}

const question = signal<Question | undefined>(undefined)

/** Ask before something that cannot be taken back; resolves with whether the person is sure. */
export const confirm = (title: string, text: string, action: string): Promise<boolean> =>
  new Promise((resolve) => {
    question.peek()?.answer(false)
    question.value = { title, text, action, answer: resolve }
  })

const answer = (isSure: boolean): void => {
  const asked = question.peek()
  question.value = undefined
  asked?.answer(isSure)
}

/** The question that is asked, if there is one. */
export const Confirm = () => {
  const asked = question.value
  if (!asked) return null
  return (
    <Dialog title={asked.title} onClose={() => answer(false)}>
      <p class="confirm__text">{asked.text}</p>
      <div class="leave__choice">
        <button class="button button--soft" type="button" onClick={() => answer(false)}>
          {texts.value.cancel}
        </button>
        <button class="button button--bad" type="button" onClick={() => answer(true)}>
          {asked.action}
        </button>
      </div>
    </Dialog>
  )
}
