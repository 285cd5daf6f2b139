import { useState } from 'preact/hooks'
import { type GroupInfo, loadInfo } from '../state/group-info.ts'
import { act } from '../state/groups.ts'
import { texts } from '../state/settings.ts'
import { avatarColours, colourOf } from '../text/avatar.ts'
import { fromSign, type Sign, toSign } from '../text/sign.ts'
import { Section } from './section.tsx'
import { Segmented } from './segmented.tsx'
import { Fault, useTask } from './task.tsx'
import { TextField } from './text-field.tsx'

const colours = Array.from({ length: avatarColours }, (_, at) => at)

const SignChoice = ({ sign, onChange }: { readonly sign: Sign; onChange(sign: Sign): void }) => {
  const words = texts.value
  return (
    <>
      <div class="field">
        <label class="field__label" for="group-sign">
          {words.groupSign}
        </label>
        <input
          id="group-sign"
          class="field__input sign__letters"
          value={sign.letters}
          maxLength={12}
          autoComplete="off"
          onInput={(event) => onChange({ ...sign, letters: event.currentTarget.value })}
        />
      </div>
      <fieldset class="sign">
        <legend class="said">{words.groupColour}</legend>
        {colours.map((colour) => (
          <label key={colour} class={`sign__one avatar--${colour}`}>
            <input
              class="said"
              type="radio"
              name="sign"
              aria-label={words.colour(colour + 1)}
              checked={sign.colour === colour}
              onChange={() => onChange({ ...sign, colour })}
            />
          </label>
        ))}
      </fieldset>
    </>
  )
}

const Rules = ({ peer, info }: { readonly peer: string; readonly info: GroupInfo }) => {
  const words = texts.value
  const { fault, run } = useTask()
  const set = (change: object) =>
    run(async () => {
      await act('chat.change', change, peer)
      loadInfo(peer)
    })
  return (
    <Section title={words.groupRules}>
      <Segmented
        legend={words.joining}
        name="joining"
        value={info.joining}
        options={[
          ['invite', words.joiningInvite],
          ['approval', words.joiningApproval],
          ['open', words.joiningOpen],
        ]}
        onChange={(joining) => set({ joining })}
      />
      <Segmented
        legend={words.inviting}
        name="inviting"
        value={info.inviting}
        options={[
          ['members', words.invitingMembers],
          ['admins', words.invitingAdmins],
        ]}
        onChange={(inviting) => set({ inviting })}
      />
      <Segmented
        legend={words.historyRule}
        name="history"
        value={info.history}
        options={[
          ['joined', words.historyJoined],
          ['all', words.historyAll],
        ]}
        onChange={(history) => set({ history })}
      />
      <Fault text={fault} />
    </Section>
  )
}

const Details = ({ peer, info }: { readonly peer: string; readonly info: GroupInfo }) => {
  const words = texts.value
  const [name, setName] = useState(info.name)
  const [notice, setNotice] = useState(info.notice)
  const [sign, setSign] = useState<Sign>(toSign(info.avatar) ?? { letters: '', colour: colourOf(peer) })
  const { isBusy, fault, run } = useTask()
  const save = async (): Promise<void> => {
    await act('chat.change', { name: name.trim(), notice: notice.trim(), avatar: fromSign(sign) }, peer)
    loadInfo(peer)
  }
  return (
    <Section title={words.groupEdit}>
      <form
        class="group-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') run(save)
        }}
      >
        <TextField id="group-rename" label={words.groupName} most={60} value={name} onInput={setName} />
        <div class="field">
          <label class="field__label" for="group-notice">
            {words.groupNotice}
          </label>
          <textarea
            id="group-notice"
            class="field__input field__input--long"
            rows={3}
            maxLength={500}
            value={notice}
            onInput={(event) => setNotice(event.currentTarget.value)}
          />
        </div>
        <SignChoice sign={sign} onChange={setSign} />
        <Fault text={fault} />
        <button class="button button--soft" type="submit" disabled={isBusy || name.trim() === ''}>
          {words.save}
        </button>
      </form>
    </Section>
  )
}

/** What the owner and the admins change about a group. */
export const GroupEdit = ({ peer, info }: { readonly peer: string; readonly info: GroupInfo }) => (
  <>
    <Details peer={peer} info={info} />
    <Rules peer={peer} info={info} />
  </>
)
