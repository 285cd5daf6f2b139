import * as v from 'valibot'

/** What people's devices are told without having asked. */
export const events = {
  /** One has another name, taken on this device or another. */
  renamed: v.object({ name: v.string() }),
}
