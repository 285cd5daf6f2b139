import { signal } from '@preact/signals'
import { GroupPanel } from './group-panel.tsx'
import { NewGroup } from './new-group.tsx'

/** The dialog that is shown: for a new group, or about a group. */
export const groupDialog = signal<{ readonly kind: 'new' } | { readonly kind: 'members'; readonly peer: string } | undefined>(undefined)

const close = (): void => {
  groupDialog.value = undefined
}

/** Whichever dialog about groups is open. */
export const GroupDialogs = ({ me }: { readonly me: string }) => {
  const open = groupDialog.value
  if (!open) return null
  return open.kind === 'new' ? <NewGroup me={me} onClose={close} /> : <GroupPanel peer={open.peer} me={me} onClose={close} />
}
