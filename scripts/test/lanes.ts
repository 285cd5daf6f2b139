/** Do all of `work` in its order, so many at once; what each came to, in the same order. Whatever rejects ends it all. */
export const inLanes = async <T, R>(work: readonly T[], lanes: number, run: (one: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < work.length) {
      const at = next++
      results[at] = await run(work[at] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, work.length) }, lane))
  return results
}
