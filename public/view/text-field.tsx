interface TextFieldProps {
  readonly id: string
  readonly label: string
  /** The most characters. */
  readonly most: number
  readonly value: string
  onInput(text: string): void
}

/** A field for one line, with its label above. */
export const TextField = ({ id, label, most, value, onInput }: TextFieldProps) => (
  <div class="field">
    <label class="field__label" for={id}>
      {label}
    </label>
    <input
      id={id}
      class="field__input"
      maxLength={most}
      value={value}
      autoComplete="off"
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  </div>
)
