import type { ComponentChildren } from 'preact'
import { DownIcon } from './icons.tsx'

interface SectionProps {
  readonly title: string
  /** How many there are, where that is worth a number. */
  readonly count?: number
  readonly isOpen?: boolean
  readonly children: ComponentChildren
}

/** A part of a dialog that can be folded away. */
export const Section = ({ title, count, isOpen, children }: SectionProps) => (
  <details class="section" open={isOpen ?? false}>
    <summary class="section__title">
      <DownIcon size={18} />
      {title}
      {count !== undefined && count > 0 && <span class="badge">{count}</span>}
    </summary>
    <div class="section__body">{children}</div>
  </details>
)
