import { useState } from 'preact/hooks'
import { texts } from '../state/settings.ts'
import { AlertIcon, EyeIcon, EyeOffIcon } from './icons.tsx'

interface FieldProps {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly autoComplete: string
  readonly type?: 'text' | 'password'
  readonly hint?: string
  readonly placeholder?: string
  readonly error?: string | undefined
  readonly maxLength?: number
  onInput(value: string): void
}

const Reveal = ({ isShown, onToggle }: { readonly isShown: boolean; onToggle(): void }) => {
  const words = texts.value
  return (
    <button
      class="field__reveal"
      type="button"
      aria-pressed={isShown}
      aria-label={isShown ? words.hidePassword : words.showPassword}
      onClick={onToggle}
    >
      {isShown ? <EyeOffIcon size={20} /> : <EyeIcon size={20} />}
    </button>
  )
}

/** A labelled input with its hint and its error. */
export const Field = ({
  name,
  label,
  value,
  autoComplete,
  type = 'text',
  hint,
  placeholder = '',
  error,
  maxLength = 200,
  onInput,
}: FieldProps) => {
  const [isShown, setShown] = useState(false)
  const about = error ? `${name}-error` : hint ? `${name}-hint` : undefined
  return (
    <div class="field">
      <label class="field__label" for={name}>
        {label}
      </label>
      <div class="field__box">
        <input
          id={name}
          name={name}
          class="field__input"
          // Preact's types tell inputs apart by a literal; this one changes between two that look alike to it.
          type={(isShown ? 'text' : type) as 'text'}
          value={value}
          placeholder={placeholder}
          autoComplete={autoComplete}
          autoCapitalize={name === 'name' ? 'words' : 'none'}
          spellcheck={false}
          maxLength={maxLength}
          aria-invalid={error !== undefined}
          aria-describedby={about}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {type === 'password' && <Reveal isShown={isShown} onToggle={() => setShown(!isShown)} />}
      </div>
      {error ? (
        <p class="field__error" id={`${name}-error`}>
          <AlertIcon size={16} />
          {error}
        </p>
      ) : (
        hint && (
          <p class="field__hint" id={`${name}-hint`}>
            {hint}
          </p>
        )
      )}
    </div>
  )
}
