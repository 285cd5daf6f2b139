interface SegmentedProps<T extends string> {
  readonly legend: string
  readonly name: string
  readonly value: T
  readonly options: readonly (readonly [value: T, label: string])[]
  readonly isLegendHidden?: boolean
  onChange(value: T): void
}

/** One choice of a few, side by side. Radio buttons underneath, so that the arrow keys work. */
export const Segmented = <T extends string>({ legend, name, value, options, isLegendHidden, onChange }: SegmentedProps<T>) => (
  <fieldset class="segmented">
    <legend class={isLegendHidden ? 'said' : 'segmented__legend'}>{legend}</legend>
    <div class="segmented__track">
      {options.map(([option, label]) => (
        <label key={option} class="segmented__option">
          <input class="said" type="radio" name={name} value={option} checked={option === value} onChange={() => onChange(option)} />
          <span class="segmented__label">{label}</span>
        </label>
      ))}
    </div>
  </fieldset>
)
