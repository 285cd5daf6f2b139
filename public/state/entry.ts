// What the welcome forms check before they ask, and where they show what the server answers. Pure.
import { type Answers, ApiError, type Door } from '../api.ts'
import type { Dictionary } from '../i18n/en.ts'
import { errorText } from '../i18n/error-text.ts'

/** A field of the forms. */
export type FieldName = keyof Answers
/** Errors by field; `form` is for what belongs to none. */
export type Faults = Readonly<Partial<Record<FieldName | 'form', string>>>

/** The fields of each form, in order. */
export const fieldsOf: Readonly<Record<Door, readonly FieldName[]>> = {
  guest: ['name'],
  login: ['login', 'password'],
  register: ['name', 'login', 'password'],
}

const mostName = 40
const leastPassword = 8
const loginShape = /^[a-z0-9._\-@+]{3,64}$/i

type Check = (value: string, words: Dictionary, isNew: boolean) => string | undefined

const checks: Readonly<Record<FieldName, Check>> = {
  name: (value, words) => {
    if (value.trim() === '') return words.nameNeeded
    return [...value.trim().normalize('NFC')].length > mostName ? words.nameTooLong : undefined
  },
  // Who signs in may have a login from before the rules; the server decides.
  login: (value, words, isNew) => {
    if (value.trim() === '') return words.loginNeeded
    return isNew && !loginShape.test(value.trim()) ? words.loginShape : undefined
  },
  password: (value, words, isNew) => {
    if (value === '') return words.passwordNeeded
    return isNew && [...value].length < leastPassword ? words.passwordShort : undefined
  },
}

/** What is wrong with the answers, by field; empty when they may be sent. */
export const checkAnswers = (door: Door, answers: Answers, words: Dictionary): Faults =>
  Object.fromEntries(
    fieldsOf[door].flatMap((field) => {
      const fault = checks[field](answers[field] ?? '', words, door === 'register')
      return fault === undefined ? [] : [[field, fault]]
    }),
  )

/** The answers as they are sent: only those of this form, names and logins without the spaces around. */
export const toBody = (door: Door, answers: Answers): Answers =>
  Object.fromEntries(fieldsOf[door].map((field) => [field, field === 'password' ? answers[field] : answers[field]?.trim()]))

const fieldByCode: Readonly<Record<string, FieldName>> = {
  AUTH_LOGIN_TAKEN: 'login',
  AUTH_WEAK_PASSWORD: 'password',
  AUTH_WRONG_LOGIN: 'password',
}

const isField = (door: Door, name: string | undefined): name is FieldName => fieldsOf[door].some((field) => field === name)

/** Where and in which words to show why it did not work. */
export const toFaults = (door: Door, error: unknown, words: Dictionary): Faults => {
  if (!(error instanceof ApiError)) return { form: words.somethingWrong }
  if (error.code === 'NETWORK') return { form: words.cannotReach }
  const field = fieldByCode[error.code] ?? error.path?.split('/').pop()
  return { [isField(door, field) ? field : 'form']: errorText(error.code, words) }
}
