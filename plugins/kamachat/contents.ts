// Voice and files as kinds of content. What they name lies elsewhere: only the address is kept and passed on.
import * as v from 'valibot'
import type { Messaging } from '#core'
import { isPlace, type OldFrame, types } from './frames.ts'

const short = v.pipe(v.string(), v.maxLength(255))
const data = v.strictObject({
  url: v.pipe(v.string(), v.maxLength(2_048), v.check(isPlace, 'an address on the web, or a path')),
  name: short,
  type: short,
  size: v.pipe(v.string(), v.maxLength(64)),
})
type Data = v.InferOutput<typeof data>

/** The kinds by KamaChat's type. */
export const kinds = { [types.voice]: 'kamachat-voice', [types.file]: 'kamachat-file' } as const

/** Let messages carry voice and files of KamaChat. */
export const defineContents = (messaging: Messaging): void => {
  messaging.define({ kind: kinds[types.voice], data, text: ({ name }: Data) => name || 'Voice message' })
  messaging.define({ kind: kinds[types.file], data, text: ({ name }: Data) => name || 'File' })
}

/** What a frame with a voice or a file is kept as. */
export const contentOf = ({ url, file_name, file_type, file_size }: OldFrame): Data => ({
  url: url ?? '',
  name: file_name ?? '',
  type: file_type ?? '',
  size: file_size ?? '',
})

/** The fields of a frame for content of this plugin; `undefined` for any other. */
export const fieldsOf = (content: { readonly kind: string; readonly data: unknown }): object | undefined => {
  const type = content.kind === kinds[types.voice] ? types.voice : content.kind === kinds[types.file] ? types.file : undefined
  const found = v.safeParse(data, content.data)
  if (type === undefined || !found.success) return undefined
  const { url, name, type: fileType, size } = found.output
  return { type, url, file_name: name, file_type: fileType, file_size: size }
}
