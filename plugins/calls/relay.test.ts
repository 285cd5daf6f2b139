import { expect, test } from 'bun:test'
import { Negotiations } from './relay.ts'

const offer = { call: 'C1', party: 1, signal: 'offer', sdp: '' } as const
const end = { call: 'C1', party: 1, signal: 'end-of-candidates' } as const

test('whoever is no longer in a call leaves nothing behind of what was negotiated, however often they come again', () => {
  const negotiations = new Negotiations(false)
  for (let party = 2; party < 12; party++) {
    negotiations.note(1, party, offer)
    negotiations.note(party, 12, offer)
    negotiations.note(1, 12, offer)
    negotiations.keep(new Set([1, 12]))
    expect(negotiations.size).toBe(1)
  }
  expect(() => negotiations.note(12, 1, end)).not.toThrow()
  expect(() => negotiations.note(1, 2, end)).toThrow('no offer')
})
