import { describe, expect, test } from 'bun:test'
import { ApiError } from '../api.ts'
import { en } from '../i18n/en.ts'
import { checkAnswers, toBody, toFaults } from './entry.ts'

describe('the welcome forms', () => {
  test('ask for what is missing, at its field', () => {
    expect(checkAnswers('guest', { name: '  ' }, en)).toEqual({ name: en.nameNeeded })
    expect(checkAnswers('login', {}, en)).toEqual({ login: en.loginNeeded, password: en.passwordNeeded })
  })

  test('count characters of a name, not bytes', () => {
    expect(checkAnswers('guest', { name: '👍'.repeat(40) }, en)).toEqual({})
    expect(checkAnswers('guest', { name: 'x'.repeat(41) }, en)).toEqual({ name: en.nameTooLong })
  })

  test('hold a new account to the rules, an old one not', () => {
    const answers = { name: 'Ann', login: 'a n n', password: 'short' }
    expect(checkAnswers('register', answers, en)).toEqual({ login: en.loginShape, password: en.passwordShort })
    expect(checkAnswers('login', answers, en)).toEqual({})
  })

  test('send the fields of their form only, and passwords untouched', () => {
    const answers = { name: ' Ann ', login: ' ann ', password: ' secret ' }
    expect(toBody('guest', answers)).toEqual({ name: 'Ann' })
    expect(toBody('login', answers)).toEqual({ login: 'ann', password: ' secret ' })
  })

  test('show the server’s refusal where it belongs, in the reader’s words', () => {
    expect(toFaults('register', new ApiError('AUTH_LOGIN_TAKEN', 409, 'taken'), en)).toEqual({ login: en.errors.AUTH_LOGIN_TAKEN })
    expect(toFaults('guest', new ApiError('CORE_BAD_FIELD', 400, '/name: bad', '/name'), en)).toEqual({
      name: en.errors.CORE_BAD_FIELD,
    })
    expect(toFaults('guest', new ApiError('AUTH_LOGIN_TAKEN', 409, 'taken'), en)).toEqual({ form: en.errors.AUTH_LOGIN_TAKEN })
    expect(toFaults('guest', new ApiError('NETWORK', 0, 'x'), en)).toEqual({ form: en.cannotReach })
    expect(toFaults('guest', new TypeError('x'), en)).toEqual({ form: en.somethingWrong })
  })
})
