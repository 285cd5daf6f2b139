import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Call, Remote } from '../../src/client/calls/index.ts'
import { preferred } from '../state/call-devices.ts'
import { isSoundBlocked } from '../state/call-view.ts'
import type { Telephone } from '../state/telephone.ts'

const useStream = <E extends HTMLMediaElement>(stream: MediaStream) => {
  const ref = useRef<E>(null)
  useLayoutEffect(() => {
    if (ref.current && ref.current.srcObject !== stream) ref.current.srcObject = stream
  }, [stream])
  return ref
}

interface FilmProps {
  readonly stream: MediaStream
  readonly label: string
  readonly isMirrored?: boolean
  readonly isWhole?: boolean
}

/** A picture without its sound, which `CallSound` plays. */
export const Film = ({ stream, label, isMirrored, isWhole }: FilmProps) => {
  const ref = useStream<HTMLVideoElement>(stream)
  const classes = `film ${isMirrored ? 'film--mirrored' : ''} ${isWhole ? 'film--whole' : ''}`
  return <video class={classes} ref={ref} aria-label={label} autoplay muted playsInline disableRemotePlayback />
}

const Voice = ({ stream }: { readonly stream: MediaStream }) => {
  const ref = useStream<HTMLAudioElement>(stream)
  const speaker = preferred('speaker')
  useEffect(() => {
    const sound = ref.current as (HTMLAudioElement & { setSinkId?(id: string): Promise<void> }) | null
    void sound?.setSinkId?.(speaker ?? '').catch(() => undefined)
  }, [speaker])
  useEffect(() => {
    const { current } = ref
    if (!current) return
    const hear = (): void => {
      current.play().then(
        () => {
          isSoundBlocked.value = false
        },
        (failure: unknown) => {
          // It ended before it had begun: nobody holds it back.
          isSoundBlocked.value = failure instanceof DOMException && failure.name === 'NotAllowedError'
        },
      )
    }
    hear()
    addEventListener('pointerdown', hear)
    return () => removeEventListener('pointerdown', hear)
  }, [stream])
  // biome-ignore lint/a11y/useMediaCaption: nobody has written down what people are saying at this moment
  return <audio ref={ref} />
}

/** What the others say; heard wherever the call is shown. */
export const CallSound = ({ phone, call }: { readonly phone: Telephone; readonly call: Call }) => {
  void phone.turn.value
  return (
    <>
      {call.remotes.map(({ party, stream }: Remote) => (
        <Voice key={party} stream={stream} />
      ))}
    </>
  )
}
