// What a person chose for this browser: language and appearance.
import { computed, effect, signal } from '@preact/signals'
import { intlTag, type Language, languages, pickLanguage } from '../i18n/language.ts'
import { readJson, writeJson } from './storage.ts'

/** A choice, or what the system says. */
export type Theme = 'system' | 'light' | 'dark'
/** A choice, or what the browser asks for. */
export type LanguageChoice = 'system' | Language

const key = 'parley.settings'
const themes: readonly Theme[] = ['system', 'light', 'dark']

const load = (): { theme: Theme; language: LanguageChoice } => {
  const kept = (readJson(key) ?? {}) as { theme?: unknown; language?: unknown }
  const theme = themes.find((known) => known === kept.theme) ?? 'system'
  const language = kept.language === 'en' || kept.language === 'zh' ? kept.language : 'system'
  return { theme, language }
}

const kept = load()
const wanted = (): readonly string[] => globalThis.navigator?.languages ?? []

/** The chosen appearance. */
export const theme = signal<Theme>(kept.theme)
/** The chosen language. */
export const languageChoice = signal<LanguageChoice>(kept.language)
/** The language in use. */
export const language = computed<Language>(() => (languageChoice.value === 'system' ? pickLanguage(wanted()) : languageChoice.value))
/** The texts in use. */
export const texts = computed(() => languages[language.value].texts)
/** The tag for Intl. */
export const locale = computed(() => intlTag(language.value, wanted()))

// The colour of a phone's status bar: that of the page's own upper edge.
const barColours = { light: '#ffffff', dark: '#17181c' } as const

const paintBars = (chosen: Theme): void => {
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.media.includes('dark') ? 'dark' : 'light'
    meta.content = barColours[chosen === 'system' ? own : chosen]
  }
}

/** Keep the document and the storage in step with the settings, from now on. */
export const startSettings = (): void => {
  effect(() => {
    const root = document.documentElement
    root.lang = languages[language.value].tag
    if (theme.value === 'system') delete root.dataset.theme
    else root.dataset.theme = theme.value
    paintBars(theme.value)
  })
  let isFirst = true
  effect(() => {
    const chosen = { theme: theme.value, language: languageChoice.value }
    // What is as it was kept needs no writing: a browser that has written much puts the next off by minutes.
    if (!isFirst) writeJson(key, chosen)
    isFirst = false
  })
}
