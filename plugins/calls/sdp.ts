// What may pass as a session description (RFC 8866) or a candidate (RFC 8839). Only its form is looked at: what it says is
// between the two who talk, and the server never connects to what is named in it.

const lines = /^v=0(?:\r?\n[a-z]=[^\0\r\n]*)*(?:\r?\n)?$/
const needed = ['\no=', '\ns=', '\nt=', '\nm=']

/** Whether a text has the form of a session description with at least one medium. */
export const isSdp = (text: string): boolean => lines.test(text) && needed.every((start) => text.includes(start))

const candidate =
  /^(a=)?candidate:[A-Za-z0-9+/]{1,32} \d{1,3} (udp|tcp) \d{1,10} [A-Za-z0-9.:_-]{1,255} \d{1,5} typ (host|srflx|prflx|relay)( [!-~]+)*$/i

/** Whether a text has the form of a candidate. The empty one, which browsers send last, has not. */
export const isCandidate = (text: string): boolean => candidate.test(text)
