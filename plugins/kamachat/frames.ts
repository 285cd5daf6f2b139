// The frames of KamaChat: one JSON object each, numeric types, snake_case, and call signals as JSON inside JSON.
import * as v from 'valibot'
import { errors } from './errors.ts'

/** What `type` means. Calls come as 2 in one version of KamaChat and as 3 in the other; `av_data` tells. */
export const types = { text: 0, voice: 1, file: 2, call: 3 } as const

/** The seven call signals. */
export const signals = ['start_call', 'receive_call', 'reject_call', 'offer', 'answer', 'candidate', 'hangup'] as const
/** One of the seven. */
export type SignalName = (typeof signals)[number]

/** Where something can be fetched: on the web, or below the page's own address. */
export const isPlace = (url: string): boolean => /^(https?:\/\/|\/(?![/\\]))[^\s]+$/i.test(url)

const field = (length: number) => v.optional(v.nullable(v.pipe(v.string(), v.maxLength(length))), '')
const frame = v.object({
  type: v.picklist([0, 1, 2, 3], 'a type from 0 to 3'),
  receive_id: v.pipe(v.string(), v.regex(/^[UG]\d{1,19}$/, 'a user or a group')),
  content: field(32_768),
  url: field(2_048),
  file_type: field(255),
  file_name: field(255),
  // Written as a number by some clients and as a text by others.
  file_size: v.optional(v.nullable(v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.maxLength(64))), ''),
  av_data: field(60_000),
})

const description = v.union([
  v.string(),
  v.pipe(
    v.object({ sdp: v.string() }),
    v.transform(({ sdp }) => sdp),
  ),
])
const candidate = v.object({
  candidate: v.string(),
  sdpMid: v.optional(v.nullable(v.string())),
  sdpMLineIndex: v.optional(v.nullable(v.number())),
  usernameFragment: v.optional(v.nullable(v.string())),
})
const signal = v.variant('type', [
  v.object({ messageId: v.literal('PROXY'), type: v.picklist(['start_call', 'receive_call', 'reject_call', 'hangup']) }),
  v.object({ messageId: v.literal('PROXY'), type: v.picklist(['offer', 'answer']), sdp: description }),
  v.object({ messageId: v.literal('PROXY'), type: v.literal('candidate'), candidate }),
])

/** A frame of a client. Who sends it is not read from it. */
export type OldFrame = v.InferOutput<typeof frame>
/** What `av_data` says. */
export type OldSignal = v.InferOutput<typeof signal>

const parse = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw errors.BAD_FRAME({ reason: `${what} is not JSON` })
  }
}

const read = <S extends v.GenericSchema>(schema: S, value: unknown, path: string): v.InferOutput<S> => {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [{ message, path: inside = [] }] = result.issues
  const at = [path, ...inside.map(({ key }) => String(key))].join('/')
  throw errors.BAD_FRAME({ reason: message.slice(0, 200) }).with({ path: at })
}

/** A frame as text. Throws `KAMACHAT_BAD_FRAME`. */
export const readFrame = (text: string): OldFrame => read(frame, parse(text, 'the frame'), '')

/** The `av_data` of a frame. Throws `KAMACHAT_BAD_FRAME`. */
export const readSignal = (text: string): OldSignal => read(signal, parse(text, 'av_data'), '/av_data')

const two = (part: number): string => String(part).padStart(2, '0')

/** `YYYY-MM-DD HH:mm:ss` by the server's own clock and zone, as KamaChat writes times. */
export const oldTime = (date: Date): string => {
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}

/** A frame to a client before it is filled. */
export const blank = {
  send_id: '',
  send_name: '',
  send_avatar: '',
  receive_id: '',
  type: 0,
  content: '',
  url: '',
  file_type: '',
  file_name: '',
  file_size: '',
  created_at: '',
}
