// The kinds of content that plugins have added. A message holds its kind's data as JSON beside a text that stands for it.
import * as v from 'valibot'
import { badField, type ContentKind, coreErrors, type Db } from '#core'
import { errors } from './errors.ts'
import type { Extra } from './tables.ts'
import { checkText, type TextRules } from './text.ts'

/** What a message with content is stored as, and its kind. */
export interface Checked {
  readonly kind: ContentKind
  readonly content: NonNullable<Extra['content']>
  /** What stands for it. */
  readonly text: string
}

const kindPattern = /^[a-z][a-z0-9-]{0,31}$/
const usualLength = 4_096
const mostLength = 16_384

/** The registry of kinds. */
export class Contents {
  readonly #kinds = new Map<string, ContentKind>()
  readonly #rules: TextRules

  constructor(rules: TextRules) {
    this.#rules = rules
  }

  define(kind: ContentKind): void {
    if (!kindPattern.test(kind.kind)) throw new Error(`"${kind.kind}" is no kind of content: lower-case letters, digits and hyphens`)
    if (this.#kinds.has(kind.kind)) throw new Error(`Two plugins define the content ${kind.kind}`)
    if ((kind.maxLength ?? usualLength) > mostLength) throw new Error(`The content ${kind.kind} may have ${mostLength} characters at most`)
    this.#kinds.set(kind.kind, kind)
  }

  /** A kind whose messages people make themselves; the others are made by their plugins only. */
  ofPeople(name: string): ContentKind | undefined {
    const kind = this.#kinds.get(name)
    return kind?.by === 'plugin' ? undefined : kind
  }

  /** Content of a client. Throws `CHAT_UNKNOWN_CONTENT`, `CHAT_CONTENT_TOO_LARGE`, `CORE_BAD_FIELD`. */
  read({ kind: name, data }: { readonly kind: string; readonly data: unknown }): Checked {
    const kind = this.ofPeople(name)
    if (!kind) throw errors.UNKNOWN_CONTENT({ kind: JSON.stringify(name.slice(0, 32)) }).with({ path: '/data/content/kind' })
    return this.check(kind, data)
  }

  /** Content of a kind that is known. Throws as `read`. */
  check(kind: ContentKind, data: unknown): Checked {
    const limit = kind.maxLength ?? usualLength
    const parsed = v.safeParse(kind.data, data, { abortEarly: true })
    if (!parsed.success) throw badField(parsed.issues[0], '/data/content/data')
    const json = JSON.stringify(parsed.output)
    if (json.length > limit) throw errors.CONTENT_TOO_LARGE({ length: json.length, limit }).with({ path: '/data/content/data' })
    // Postgres keeps neither NUL nor half a character; JSON says both with an escape.
    if (/\\u(0000|d[89a-f])/i.test(json.replaceAll('\\\\', ''))) {
      const path = '/data/content/data'
      throw coreErrors.BAD_FIELD({ reason: `${path}: a text in it is not well-formed` }).with({ path })
    }
    const text = checkText(kind.text(parsed.output).slice(0, this.#rules.maxText), this.#rules)
    return { kind, content: { kind: kind.kind, data: JSON.parse(json) }, text }
  }

  /** Inside a unit: what a forward of a message takes with it; nothing of a kind that only its plugin makes, or is not here. */
  async forward(
    tx: Db,
    content: Extra['content'],
    { user, to }: { readonly user: string; readonly to: string },
  ): Promise<Pick<Extra, 'content'>> {
    const kind = content && this.ofPeople(content.kind)
    if (!kind) return {}
    await kind.check?.(tx, { user, to, data: content.data, isForward: true })
    return { content }
  }
}
