// Which parts of a message are links. The page renders the parts as text nodes and anchors, so nothing a
// person types can become markup; the schemes are a closed set, so `javascript:` is never a link.

/** A stretch of a message: plain, or a link with its address. */
export interface Part {
  readonly text: string
  readonly href?: string
}

// An address ends at white space, quotes, angle brackets and at CJK or full-width punctuation,
// which people write right behind an address without a space.
const candidate = /(?:https?:\/\/|mailto:|www\.)[^\s<>"'`\u3000-\u303f\uff00-\uff65]+/giu
const schemes = new Set(['http:', 'https:', 'mailto:'])
const closers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

const count = (text: string, char: string): number => text.split(char).length - 1

/** `text` without the punctuation that belongs to the sentence around it; brackets stay when they are paired inside. */
const trimTail = (text: string): string => {
  let end = text.length
  for (; end > 0; end--) {
    const last = text[end - 1] as string
    const opener = closers[last]
    const inside = text.slice(0, end)
    const isUnpaired = opener !== undefined && count(inside, opener) < count(inside, last)
    if (!isUnpaired && !'.,!?;:…*_~'.includes(last)) break
  }
  return text.slice(0, end)
}

const toHref = (text: string): string | undefined => {
  const address = /^www\./i.test(text) ? `https://${text}` : text
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  const leadsSomewhere =
    url.protocol === 'mailto:' ? url.pathname.includes('@') : url.hostname.includes('.') || url.hostname === 'localhost'
  return schemes.has(url.protocol) && leadsSomewhere ? url.href : undefined
}

/** Cut a message into plain text and links (http, https, mailto). The parts' texts together are the message. */
export const linkify = (message: string): readonly Part[] => {
  const parts: Part[] = []
  let from = 0
  for (const match of message.matchAll(candidate)) {
    const text = trimTail(match[0])
    // A scheme in the middle of a word is part of the word.
    const isWordStart =
      match.index === 0 || !/[\p{Letter}\p{Number}_]/u.test(message[match.index - 1] as string) || isHan(message, match.index)
    const href = isWordStart ? toHref(text) : undefined
    if (href === undefined) continue
    if (match.index > from) parts.push({ text: message.slice(from, match.index) })
    parts.push({ text, href })
    from = match.index + text.length
  }
  if (from < message.length) parts.push({ text: message.slice(from) })
  return parts
}

/** Chinese is written without spaces, so an address may follow a character directly. */
const isHan = (message: string, index: number): boolean => /\p{Script=Han}$/u.test(message.slice(Math.max(0, index - 2), index))
