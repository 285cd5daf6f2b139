import { expect, test } from 'bun:test'
import { VirtualRows } from './virtual-rows.ts'

const rows = (count: number, guess = 10): VirtualRows => {
  const virtual = new VirtualRows()
  virtual.set(Array.from({ length: count }, (_, i) => ({ key: `r${i}`, guess })))
  return virtual
}

test('the rows of a stretch are those that touch it, and the rest is as high as it would be', () => {
  expect(rows(100).between(0, 30)).toEqual({ first: 97, last: 100, above: 970, below: 0 })
  expect(rows(100).between(25, 55)).toEqual({ first: 94, last: 98, above: 940, below: 20 })
  expect(rows(3).between(0, 500)).toEqual({ first: 0, last: 3, above: 0, below: 0 })
  expect(rows(0).between(0, 500)).toEqual({ first: 0, last: 0, above: 0, below: 0 })
})

test('a measured height counts instead of the guess, until the width changes', () => {
  const virtual = rows(10)
  virtual.measured('r9', 100)
  expect(virtual.bottomOf(8)).toBe(100)
  expect(virtual.height).toBe(190)
  expect(virtual.rowAt(99)).toBe(9)
  expect(virtual.rowAt(100)).toBe(8)
  virtual.forget()
  expect(virtual.bottomOf(8)).toBe(10)
})

test('beyond the rows there is the first one, and none in an empty list', () => {
  expect(rows(3).rowAt(1_000)).toBe(0)
  expect(rows(0).rowAt(0)).toBe(-1)
})
