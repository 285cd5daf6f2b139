// How values get into drizzle's queries and rows out of them, on both databases. Where a parameter comes from is
// worked out once per query, and unlike drizzle's own filling this takes `null` for a time and no `undefined`.
import { is, Param, Placeholder } from 'drizzle-orm'
import type { SelectedFieldsOrdered } from 'drizzle-orm/pg-core'
import * as utils from 'drizzle-orm/utils'

/** Columns of a result in select order, as drizzle's builders describe them; `undefined` for none. */
export type Fields = SelectedFieldsOrdered | undefined
/** The tables that a join may leave out, as drizzle's select builder notes them. */
export type Nullable = Record<string, boolean> | undefined
/** Fills a query's placeholders, in the driver's values. */
export type Bind = (values: Readonly<Record<string, unknown>>) => unknown[]
/** Makes an object of one row given as an array. */
export type MapRow = (row: unknown[]) => Record<string, unknown>

interface Slot {
  readonly name: string
  readonly encode?: (value: unknown) => unknown
}

const slotOf = (param: unknown): Slot | undefined => {
  if (is(param, Placeholder)) return { name: param.name }
  if (!is(param, Param) || !is(param.value, Placeholder)) return undefined
  const encoder = param.encoder
  return { name: param.value.name, encode: (value) => encoder.mapToDriverValue(value) }
}

const fill = (slot: Slot, values: Readonly<Record<string, unknown>>): unknown => {
  const value = values[slot.name]
  if (value === undefined) throw new TypeError(`No value for the placeholder ${slot.name}`)
  return value === null || !slot.encode ? value : slot.encode(value)
}

/** A function that fills `params`. It throws a TypeError for a placeholder without a value; `null` is one. */
export const compileBind = (params: readonly unknown[]): Bind => {
  const slots = params.map(slotOf)
  if (slots.every((slot) => slot === undefined)) return () => params as unknown[]
  return (values) => {
    const filled: unknown[] = []
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]
      filled.push(slot ? fill(slot, values) : params[i])
    }
    return filled
  }
}

// Exported but not declared: every driver of drizzle maps its rows with it.
const { mapResultRow } = utils as unknown as {
  mapResultRow(fields: NonNullable<Fields>, row: unknown[], nullable: Nullable): Record<string, unknown>
}

/** A function that maps rows of `fields`. */
export const compileRow =
  (fields: NonNullable<Fields>, nullable: Nullable): MapRow =>
  (row) =>
    mapResultRow(fields, row, nullable)
