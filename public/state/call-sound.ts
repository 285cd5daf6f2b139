// The sounds of calls, made of tones: nothing has to be loaded to ring.

/** A tune that is played again and again. */
interface Tune {
  readonly everyMs: number
  /** Seconds from the beginning, hertz, seconds. */
  readonly notes: readonly (readonly [at: number, hertz: number, lasts: number])[]
  /** 0–1. */
  readonly loudness: number
}

/** For whoever is called. */
export const ringTune: Tune = {
  everyMs: 2_800,
  loudness: 0.14,
  notes: [
    [0, 659, 0.3],
    [0.16, 880, 0.3],
    [0.32, 1109, 0.45],
    [0.8, 659, 0.3],
    [0.96, 880, 0.3],
    [1.12, 1109, 0.6],
  ],
}

/** For whoever calls, while it rings over there. */
export const ringbackTune: Tune = { everyMs: 4_500, loudness: 0.045, notes: [[0, 425, 1]] }

/** For whoever was called, or calls, when it is over. */
export const endTune: Tune = {
  everyMs: 0,
  loudness: 0.05,
  notes: [
    [0, 520, 0.16],
    [0.2, 390, 0.24],
  ],
}

let sounds: AudioContext | undefined
let isWaking = false

const schedule = (to: AudioNode, { notes, loudness }: Tune): void => {
  const { context } = to
  const now = context.currentTime
  for (const [at, hertz, lasts] of notes) {
    const tone = new OscillatorNode(context, { frequency: hertz, type: 'triangle' })
    const loud = new GainNode(context, { gain: 0 })
    loud.gain.setTargetAtTime(loudness, now + at, 0.012)
    loud.gain.setTargetAtTime(0, now + at + lasts * 0.6, lasts * 0.18)
    tone.connect(loud).connect(to)
    tone.start(now + at)
    tone.stop(now + at + lasts + 0.6)
  }
}

/** Play a tune once; returns how to break it off. A page that nobody has touched yet may make no sound, and stays silent. */
export const play = (tune: Tune): (() => void) => {
  sounds ??= new AudioContext()
  const out = new GainNode(sounds)
  out.connect(sounds.destination)
  if (sounds.state === 'running') schedule(out, tune)
  // Its clock stands still until it is allowed to run: of all rounds that were to be heard meanwhile, one is.
  else if (!isWaking) {
    isWaking = true
    const begin = (): void => schedule(out, tune)
    const awake = (): void => {
      isWaking = false
    }
    void sounds
      .resume()
      .then(begin, () => undefined)
      .finally(awake)
  }
  return () => out.disconnect()
}

/** A telephone that lies on a table is felt. Browsers complain where nobody has touched the page yet. */
const shake = (): void => {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([400, 200, 400])
}

const begin = (tune: Tune): (() => void) => {
  let silence = (): void => undefined
  const round = (): void => {
    silence()
    silence = play(tune)
    if (tune === ringTune) shake()
  }
  round()
  const timer = setInterval(round, tune.everyMs)
  return () => {
    clearInterval(timer)
    silence()
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(0)
  }
}

/** Play a tune until it is ended; of several tabs that ring, one is heard. Returns how to end it. */
export const repeat = (tune: Tune): (() => void) => {
  let isOver = false
  let stop: (() => void) | undefined
  const { promise, resolve } = Promise.withResolvers<void>()
  const hold = (lock: Lock | null): Promise<void> | undefined => {
    if (isOver || lock === null) return undefined
    stop = begin(tune)
    return promise
  }
  navigator.locks.request('parley.ring', { ifAvailable: true }, hold).catch(() => undefined)
  return () => {
    isOver = true
    stop?.()
    resolve()
  }
}
