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

  test('of many users is looked for again only after an answer that may have told one of them', () => {
    const told = new Told(100)
    const users = Array.from({ length: 40 }, (_, i) => `U${i + 1}`)
    expect(told.among(users, 'chat g')).toEqual(users)
    for (const user of users) write(told, user, 'chat g', 5)
    expect([told.among(users, 'chat g'), told.among(users, 'chat g'), told.among(users, 'chat h')]).toEqual([[], [], users])
    told.issue('U7', 4)
    expect(told.among(users, 'chat g')).toEqual([])
    told.issue('U7', 5)
    expect(told.among(users, 'chat g')).toEqual(['U7'])
    write(told, 'U7', 'chat g', 6)
    expect(told.among(users, 'chat g')).toEqual([])
    expect(told.among([...users, 'U99'], 'chat g')).toEqual(['U99'])
  })

  test('of many users is looked for again once they have been forgotten', () => {
    const told = new Told(100)
    const users = Array.from({ length: 40 }, (_, i) => `U${i + 1}`)
    for (const user of users) write(told, user, 'chat g', 5)
    expect(told.among(users, 'chat g')).toEqual([])
    for (let i = 0; i < 100; i++) told.of(`U${1_000 + i}`)
    expect(told.among(users, 'chat g')).toEqual(users)
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
