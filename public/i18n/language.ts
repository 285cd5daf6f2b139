import { type Dictionary, en } from './en.ts'
import { zh } from './zh.ts'

/** A language of the page: the key of its dictionary. */
export type Language = 'en' | 'zh'

/** The languages, each by its own name and with the tag that goes into `lang` and to Intl. */
export const languages: Readonly<Record<Language, { readonly name: string; readonly tag: string; readonly texts: Dictionary }>> = {
  en: { name: 'English', tag: 'en', texts: en },
  zh: { name: '简体中文', tag: 'zh-CN', texts: zh },
}

/** The first language of a browser's list that the page speaks, else English. */
export const pickLanguage = (wanted: readonly string[]): Language => {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0]
    if (base === 'en' || base === 'zh') return base
  }
  return 'en'
}

// Dates in traditional characters would stand out among texts in simplified ones.
const traditional = /^zh-(?:.*-)?(?:hant|tw|hk|mo)\b/i
const isSupported = (tag: string): boolean => Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0

/** The tag for Intl: the browser's own region where it speaks the language (`en-GB`), else the language's. */
export const intlTag = (language: Language, wanted: readonly string[]): string =>
  wanted.find((tag) => tag.toLowerCase().split('-')[0] === language && !traditional.test(tag) && isSupported(tag)) ??
  languages[language].tag
