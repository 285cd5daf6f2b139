import { conversations, isMuted } from '../state/conversations.ts'
import { nameOf } from '../state/people.ts'
import { texts } from '../state/settings.ts'
import { clearConversation, wish } from '../state/wishes.ts'
import { confirm } from './confirm.tsx'
import { Section } from './section.tsx'
import { Switch } from './switch.tsx'

/** What one wants of a conversation; the same as the menu of its row, for those who have no second mouse button. */
export const WishesSection = ({ peer }: { readonly peer: string }) => {
  const words = texts.value
  const entry = conversations.value.find((one) => one.peer === peer)
  if (!entry) return null
  const clear = async (): Promise<void> => {
    if (await confirm(words.clearConversation, words.clearSure(nameOf(peer) ?? words.unnamed), words.deleteForMe)) clearConversation(peer)
  }
  return (
    <Section title={words.conversationWishes}>
      <Switch label={words.muteEver} isOn={isMuted(entry)} onChange={(mute) => wish(peer, { mute })} />
      <Switch label={words.pinConversation} isOn={entry.pin === true} onChange={(pin) => wish(peer, { pin })} />
      <Switch label={words.archive} isOn={entry.archive === true} onChange={(archive) => wish(peer, { archive })} />
      <button class="button button--bad" type="button" onClick={() => void clear()}>
        {words.clearConversation}
      </button>
    </Section>
  )
}
