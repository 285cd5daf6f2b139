/** A file as a build puts it into the program: an `Asset` with its body as base64. */
export interface EmbeddedAsset {
  readonly type: string
  readonly etag: string
  readonly immutable: boolean
  readonly base64: string
}

/** Embedded files by their absolute URL path. */
export type EmbeddedAssets = Readonly<Record<string, EmbeddedAsset>>

/** Everything below public/, ready to serve. Absent when run from source: scripts/build.ts puts the real map in this module's place. */
export const embedded: EmbeddedAssets | undefined = undefined
