// What a person recognises in a list of sessions: the program and the system, nothing that would identify
// the device further. Order matters: Edge and Opera call themselves Chrome, and Chrome calls itself Safari.
const programs = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['CriOS/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const

// Android says Linux too, and an iPhone "like Mac OS X".
const systems = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
] as const

const first = (names: readonly (readonly [string, string])[], text: string): string | undefined =>
  names.find(([mark]) => text.includes(mark))?.[1]

/** `Firefox on Linux` from a User-Agent header; a program's own first word if it is no browser; empty if there is none. */
export const deviceOf = (userAgent: string | null): string => {
  if (!userAgent) return ''
  const program = first(programs, userAgent)
  const system = first(systems, userAgent)
  if (program) return system ? `${program} on ${system}` : program
  return /^[\w.+-]+(\/[\w.+-]+)?/.exec(userAgent.slice(0, 40))?.[0] ?? ''
}
