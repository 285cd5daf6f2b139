/** Calls over the client of a Parley server, for browsers. An import of its own: who makes no calls does not load it. */
export { createCalls } from './calls.ts'
export type {
  Call,
  CallInfo,
  CallMedia,
  CallParty,
  CallPerson,
  CallState,
  Calls,
  CallsOptions,
  DeviceNews,
  Preflight,
  PreflightCode,
  Quality,
  Remote,
  Verdict,
} from './types.ts'
export { sentenceOf } from './verdict.ts'
