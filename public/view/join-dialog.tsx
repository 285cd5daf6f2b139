import { useEffect, useState } from 'preact/hooks'
import { enterByCode, peekCode } from '../state/groups.ts'
import { openConversation, resetRoute, wantedCode } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { Fault, useTask } from './task.tsx'

type Peeked = Awaited<ReturnType<typeof peekCode>>

/** A look at the group that a link leads to, before going in. */
export const JoinDialog = ({ code }: { readonly code: string }) => {
  const words = texts.value
  const [group, setGroup] = useState<Peeked>()
  const { isBusy, fault, run } = useTask()
  useEffect(() => run(async () => setGroup(await peekCode(code))), [code])
  const close = (): void => {
    wantedCode.value = undefined
    resetRoute()
  }
  const join = async (): Promise<void> => {
    const id = await enterByCode(code)
    close()
    openConversation(id)
  }
  return (
    <Dialog title={words.joinTitle} onClose={close}>
      {group && (
        <div class="profile">
          <Avatar id={group.id} name={group.name} size="large" />
          <bdi class="profile__name">{group.name}</bdi>
          <span class="profile__kind">{words.groupMembers(group.count)}</span>
        </div>
      )}
      <Fault text={fault} />
      <button class="button" type="button" disabled={isBusy || !group} onClick={() => run(join)}>
        {words.join}
      </button>
    </Dialog>
  )
}
