import { describe, expect, test } from 'bun:test'
import { Told } from './told.ts'

/** Writes a thing as a unit does that commits at once. */
const write = (told: Told, user: string, thing: string, position: number): void => told.wrote(user, told.of(user), thing, position)

describe('a thing', () => {
  test('is untold from its writing until an answer may have reached it', () => {
    const told = new Told(100)
    expect(told.isUntold('U1', 'chat a')).toBe(false)
    write(told, 'U1', 'chat a', 3)
    expect(told.isUntold('U1', 'chat a')).toBe(true)
    told.issue('U1', 2)
    expect(told.isUntold('U1', 'chat a')).toBe(true)
    told.issue('U1', 3)
    expect(told.isUntold('U1', 'chat a')).toBe(false)
    told.issue('U1', 1)
    expect(told.isUntold('U1', 'chat a')).toBe(false)
    write(told, 'U1', 'chat a', 4)
    expect(told.isUntold('U1', 'chat a')).toBe(true)
  })

  test('is untold for one user and told to another', () => {
    const told = new Told(100)
    for (const user of ['U1', 'U2']) write(told, user, 'chat a', 1)
    told.issue('U2', 1)
    expect(['U1', 'U2'].map((user) => told.isUntold(user, 'chat a'))).toEqual([true, false])
    expect(told.isUntold('U1', 'chat b')).toBe(false)
  })
})

describe('a full memory', () => {
  test('forgets both halves of everybody at once', () => {
    const told = new Told(4)
    write(told, 'U1', 'chat a', 1)
    write(told, 'U1', 'chat b', 2)
    told.issue('U1', 1)
    for (const user of ['U2', 'U3']) told.of(user)
    expect(told.isUntold('U1', 'chat b')).toBe(false)
    // What has been issued is forgotten too, and nothing that it was compared with is left.
    expect(told.of('U1')).toEqual({ issued: 0, written: new Map() })
  })

  test('lets go of what a unit had written before', () => {
    const told = new Told(3)
    const before = told.of('U1')
    told.issue('U1', 5)
    for (const user of ['U2', 'U3', 'U4']) told.of(user)
    told.wrote('U1', before, 'chat a', 5)
    // An answer has told of position 5, so a change must be written.
    expect(told.isUntold('U1', 'chat a')).toBe(false)
  })

  test('of no size keeps nothing that could be believed', () => {
    const told = new Told(0)
    write(told, 'U1', 'chat a', 1)
    write(told, 'U2', 'chat a', 1)
    expect(['U1', 'U2'].map((user) => told.isUntold(user, 'chat a'))).toEqual([false, false])
  })
})
