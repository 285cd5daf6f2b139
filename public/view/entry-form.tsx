import { useEffect, useRef, useState } from 'preact/hooks'
import type { Answers, Door } from '../api.ts'
import type { Dictionary } from '../i18n/en.ts'
import { checkAnswers, type Faults, type FieldName, fieldsOf, toBody, toFaults } from '../state/entry.ts'
import { signIn } from '../state/session.ts'
import { texts } from '../state/settings.ts'
import { Field } from './field.tsx'
import { AlertIcon } from './icons.tsx'

interface EntryFormProps {
  readonly door: Door
  /** Whether the first field may take the focus; not when a choice was just made by keyboard. */
  readonly mayFocus: boolean
}

interface Look {
  readonly label: string
  readonly autoComplete: string
  readonly hint?: string
  readonly placeholder?: string
  readonly type?: 'password'
  readonly maxLength?: number
}

const looks = (door: Door, words: Dictionary): Readonly<Record<FieldName, Look>> => ({
  name: { label: words.yourName, placeholder: words.namePlaceholder, autoComplete: 'nickname', maxLength: 80 },
  login: { label: words.login, autoComplete: 'username', ...(door === 'register' && { hint: words.loginHint }), maxLength: 64 },
  password: {
    label: words.password,
    autoComplete: door === 'register' ? 'new-password' : 'current-password',
    type: 'password',
    ...(door === 'register' && { hint: words.passwordHint }),
    maxLength: 128,
  },
})

const useEntry = (door: Door) => {
  const [answers, setAnswers] = useState<Answers>({})
  const [faults, setFaults] = useState<Faults>({})
  const [isBusy, setBusy] = useState(false)
  const change = (field: FieldName, value: string): void => {
    setAnswers({ ...answers, [field]: value })
    setFaults({})
  }
  const submit = async (): Promise<void> => {
    const found = checkAnswers(door, answers, texts.peek())
    setFaults(found)
    if (isBusy || Object.keys(found).length > 0) return
    setBusy(true)
    // Signed in, the whole view goes away; only a failure leaves something to do here.
    await signIn(door, toBody(door, answers)).catch((error: unknown) => {
      setFaults(toFaults(door, error, texts.peek()))
      setBusy(false)
    })
  }
  return { answers, faults, isBusy, change, submit }
}

/** Put the cursor where the first error is, or at first into the first field. */
const useFocus = (faults: Faults, mayFocus: boolean) => {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (mayFocus) form.current?.querySelector('input')?.focus()
  }, [])
  useEffect(() => {
    if (Object.keys(faults).length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [faults])
  return form
}

/** One of the ways in, as a form. */
export const EntryForm = ({ door, mayFocus }: EntryFormProps) => {
  const words = texts.value
  const { answers, faults, isBusy, change, submit } = useEntry(door)
  const form = useFocus(faults, mayFocus)
  const label = { guest: words.startTalking, login: words.signIn, register: words.createAccount }[door]
  return (
    <form
      ref={form}
      class="entry"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {fieldsOf[door].map((field) => (
        <Field
          key={field}
          name={field}
          {...looks(door, words)[field]}
          value={answers[field] ?? ''}
          error={faults[field]}
          onInput={(value) => change(field, value)}
        />
      ))}
      <p class="entry__fault" role="alert">
        {faults.form && (
          <>
            <AlertIcon size={18} />
            {faults.form}
          </>
        )}
      </p>
      <button class="button entry__go" type="submit" aria-disabled={isBusy}>
        {isBusy && <span class="spinner" />}
        {isBusy ? words.oneMoment : label}
      </button>
      {door === 'guest' && <p class="entry__note">{words.guestNote}</p>}
    </form>
  )
}
