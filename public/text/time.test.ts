import { describe, expect, test } from 'bun:test'
import { clockTime, dayLabel, listTime, startOfDay } from './time.ts'

const words = { today: 'Today', yesterday: 'Yesterday' }
const at = (text: string): number => new Date(text).getTime()
const now = at('2026-11-20T15:00:00')

describe('times in the reader’s zone and language', () => {
  test.each([
    ['2026-11-20T00:00:01', 'Today'],
    ['2026-11-19T23:59:59', 'Yesterday'],
    ['2026-11-16T12:00:00', 'Monday'],
    ['2026-11-13T12:00:00', 'November 13'],
    ['2025-12-31T12:00:00', 'December 31, 2025'],
    // A clock that runs ahead of ours.
    ['2026-11-21T12:00:00', 'November 21'],
  ])('a separator for %s says %s', (time, label) => {
    expect(dayLabel(at(time), now, 'en', words)).toBe(label)
  })

  test.each([
    ['2026-11-20T14:05:00', /^2:05\sPM$/],
    ['2026-11-19T14:05:00', /^Yesterday$/],
    ['2026-11-16T14:05:00', /^Mon$/],
    ['2026-10-01T14:05:00', /^10\/1$/],
    ['2025-10-01T14:05:00', /^10\/1\/2025$/],
  ])('a row for %s says %s', (time, label) => {
    expect(listTime(at(time), now, 'en', words)).toMatch(label)
  })

  test('Chinese has its own order and clock', () => {
    expect(clockTime(at('2026-11-20T14:05:00'), 'zh-CN')).toBe('14:05')
    expect(dayLabel(at('2026-10-01T14:05:00'), now, 'zh-CN', words)).toBe('10月1日')
  })

  test('a day begins at local midnight', () => {
    expect(startOfDay(at('2026-11-20T23:59:59'))).toBe(at('2026-11-20T00:00:00'))
  })
})
