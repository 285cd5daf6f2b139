interface SwitchProps {
  readonly label: string
  readonly hint?: string
  readonly isOn: boolean
  readonly isOff?: boolean
  onChange(isOn: boolean): void
}

/** Something that is on or off. */
export const Switch = ({ label, hint, isOn, isOff, onChange }: SwitchProps) => (
  <label class="switch">
    <span class="switch__text">
      {label}
      {hint !== undefined && <span class="panel__hint">{hint}</span>}
    </span>
    <input
      class="switch__box"
      type="checkbox"
      role="switch"
      checked={isOn}
      aria-checked={isOn}
      disabled={isOff ?? false}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  </label>
)
