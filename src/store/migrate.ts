/**
 * One step of a plugin's tables, in both dialects. Names sort in the order of application.
 *
 * A step that was applied is never changed again, for databases remember its text: add another one. An empty
 * text does nothing on that database. On SQLite foreign keys are off while it runs and looked through after it.
 */
export interface Migration {
  /** `0001_init`: four digits, then words. */
  readonly name: string
  /** SQL text, statements separated by `--> statement-breakpoint`. */
  readonly sqlite: string
  readonly postgres: string
}
