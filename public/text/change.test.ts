import { describe, expect, test } from 'bun:test'
import { en } from '../i18n/en.ts'
import { zh } from '../i18n/zh.ts'
import { changeText } from './change.ts'

const names: Readonly<Record<string, string>> = { U1: 'Ann', U2: 'Bo', U3: 'Cy' }
const say = (change: Record<string, unknown>, words = en as typeof zh): string => changeText(change, 'U1', (id) => names[id] ?? '?', words)

describe('a change of a group', () => {
  test('is told with names', () => {
    expect(say({ created: 'Lake', users: ['U1'] })).toBe('Ann made the group “Lake”')
    expect(say({ added: ['U2', 'U3'] })).toBe('Ann brought in Bo, Cy')
    expect(say({ left: 'U1' })).toBe('Ann left')
    expect(say({ added: ['U2', 'U3'] }, zh)).toBe('Ann邀请了Bo、Cy')
  })

  test('of roles, silence and the notice says what is different', () => {
    expect(say({ promoted: 'U2', role: 'owner' })).toBe('Ann handed the group over to Bo')
    expect(say({ promoted: 'U2', role: 'member' })).toBe('Ann made Bo an ordinary member')
    expect(say({ muted: 'U2', until: '2026-11-22T00:00:00.000Z' })).toBe('Ann muted Bo')
    expect(say({ muted: 'everybody', until: null })).toBe('Ann lets everybody write again')
    expect(say({ notice: 'Bring a towel' })).toBe('Ann set the notice: Bring a towel')
  })

  test('by whoever runs the server names nobody', () => {
    expect(say({ frozen: true })).toBe('Whoever runs this server froze the group')
    expect(say({ frozen: false })).toBe('Whoever runs this server opened the group again')
  })

  test('that is not known has a line, too', () => {
    expect(say({ somethingNew: 1 })).toBe('Ann changed the group')
  })
})
