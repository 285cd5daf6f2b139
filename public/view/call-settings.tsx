import { useState } from 'preact/hooks'
import { type Preflight, sentenceOf } from '../../src/client/calls/index.ts'
import type { Dictionary } from '../i18n/en.ts'
import { findDevices, ringsAloud } from '../state/call-devices.ts'
import { language, texts } from '../state/settings.ts'
import type { Telephone } from '../state/telephone.ts'
import { DeviceChoice } from './call-devices.tsx'
import { CheckIcon, CrossIcon } from './icons.tsx'
import { Section } from './section.tsx'
import { Switch } from './switch.tsx'
import { Fault, useTask } from './task.tsx'

const lines = (words: Dictionary['calls']): readonly (readonly [keyof Preflight, string])[] => [
  ['microphone', words.microphone],
  ['camera', words.camera],
  ['stun', words.stun],
  ['turnUdp', words.turnUdp],
  ['turnTcp', words.turnTcp],
]

const Found = ({ found }: { readonly found: Preflight }) => {
  const words = texts.value.calls
  return (
    <ul class="preflight__lines">
      {lines(words).map(([key, label]) => {
        const isGood = found[key]
        // What the server has none of was not tried.
        if (isGood === undefined) return null
        return (
          <li key={key} class={`preflight__line ${isGood ? 'preflight__line--good' : 'preflight__line--bad'}`}>
            {isGood ? <CheckIcon size={18} /> : <CrossIcon size={18} />}
            <span>{label}</span>
            <span class="preflight__state">{isGood ? words.works : words.worksNot}</span>
          </li>
        )
      })}
    </ul>
  )
}

const Test = ({ phone }: { readonly phone: Telephone }) => {
  const words = texts.value.calls
  const [found, setFound] = useState<Preflight>()
  const { isBusy, fault, run } = useTask()
  const test = (): void =>
    run(async () => {
      setFound(undefined)
      setFound(await phone.calls.preflight())
      await findDevices()
    })
  return (
    <div class="preflight">
      <button class="button button--soft" type="button" disabled={isBusy} onClick={test}>
        {isBusy && <span class="spinner" />}
        {found ? words.tested : words.test}
      </button>
      <div role="status">
        {isBusy && <p class="panel__hint">{words.testing}</p>}
        {found && (
          <>
            <p class={`preflight__sentence ${found.verdict === undefined ? 'preflight__sentence--good' : ''}`}>
              {sentenceOf(found.code, language.value)}
            </p>
            <Found found={found} />
          </>
        )}
      </div>
      <Fault text={fault} />
    </div>
  )
}

/** What can be set and tried for calls. */
export const CallSettings = ({ phone }: { readonly phone: Telephone }) => {
  const words = texts.value.calls
  return (
    <Section title={words.title}>
      <div class="call-settings">
        <DeviceChoice />
        <Switch
          label={words.ringSound}
          isOn={ringsAloud.value}
          onChange={(on) => {
            ringsAloud.value = on
          }}
        />
        <Test phone={phone} />
      </div>
    </Section>
  )
}
