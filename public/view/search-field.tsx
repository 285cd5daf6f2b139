/** Fewer people are seen at a glance. */
export const searchedFrom = 12

interface SearchFieldProps {
  /** What is looked for, for those who do not see it and those who do. */
  readonly label: string
  readonly value: string
  onInput(text: string): void
}

/** A field that narrows the list below it. */
export const SearchField = ({ label, value, onInput }: SearchFieldProps) => (
  <input
    class="search__input search__input--plain"
    type="search"
    value={value}
    placeholder={label}
    aria-label={label}
    autoComplete="off"
    spellcheck={false}
    onInput={(event) => onInput(event.currentTarget.value)}
  />
)
