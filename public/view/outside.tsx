import { useEffect, useState } from 'preact/hooks'
import { act, peekGroup } from '../state/groups.ts'
import { closeConversation } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { reopen } from '../state/thread.ts'
import { Avatar } from './avatar.tsx'
import { AlertIcon } from './icons.tsx'
import { Fault, useTask } from './task.tsx'
import { TextField } from './text-field.tsx'

type Peeked = Awaited<ReturnType<typeof peekGroup>>

const Door = ({ peer, group }: { readonly peer: string; readonly group: Peeked }) => {
  const words = texts.value
  const [note, setNote] = useState('')
  const [hasAsked, setAsked] = useState(false)
  const { isBusy, fault, run } = useTask()
  const join = async (): Promise<void> => {
    const { state } = (await act('chat.join', note.trim() === '' ? {} : { note: note.trim() }, peer)) as { state: string }
    if (state === 'joined') reopen(peer)
    else setAsked(true)
  }
  if (hasAsked) return <p role="status">{words.hasAsked}</p>
  return (
    <form
      class="outside"
      onSubmit={(event) => {
        event.preventDefault()
        run(join)
      }}
    >
      {group.joining === 'approval' && <TextField id="join-note" label={words.joinNote} most={200} value={note} onInput={setNote} />}
      <Fault text={fault} />
      <button class="button" type="submit" disabled={isBusy}>
        {group.joining === 'approval' ? words.askToJoin : words.join}
      </button>
    </form>
  )
}

/** A group that one is not in: a way in, if it has one. */
export const Outside = ({ peer, reason }: { readonly peer: string; readonly reason: string }) => {
  const [group, setGroup] = useState<Peeked>()
  useEffect(() => {
    peekGroup(peer).then(setGroup, () => undefined)
  }, [peer])
  return (
    <div class="trouble" role="alert">
      {group ? <Avatar id={peer} name={group.name} size="large" /> : <AlertIcon size={32} />}
      {group && <p class="greeting__title">{group.name}</p>}
      {group ? <p>{texts.value.groupMembers(group.count)}</p> : <p>{reason}</p>}
      {group && <Door peer={peer} group={group} />}
      <button class="button button--soft" type="button" onClick={closeConversation}>
        {texts.value.back}
      </button>
    </div>
  )
}
