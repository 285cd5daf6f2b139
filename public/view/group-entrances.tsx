import { useEffect, useState } from 'preact/hooks'
import { applicationsOf, bansOf, type GroupLink, linksOf, loadEntrances, loadInfo } from '../state/group-info.ts'
import { act, loadMembers } from '../state/groups.ts'
import { hrefOfLink } from '../state/route.ts'
import { locale, texts } from '../state/settings.ts'
import { fullTime } from '../text/time.ts'
import { Avatar } from './avatar.tsx'
import { Section } from './section.tsx'
import { Segmented } from './segmented.tsx'
import { Fault, useTask } from './task.tsx'

/** Who asks to come in. */
export const Applications = ({ peer }: { readonly peer: string }) => {
  const words = texts.value
  const { isBusy, fault, run } = useTask()
  const all = applicationsOf(peer)
  const decide = (type: 'chat.admit' | 'chat.reject', user: string) => async (): Promise<void> => {
    await act(type, { users: [user] }, peer)
    loadInfo(peer)
    loadMembers(peer)
  }
  return (
    <Section title={words.applications} count={all.length} isOpen>
      <ul class="picker">
        {all.map(({ user, note }) => {
          const name = user.name ?? words.unnamed
          return (
            <li key={user.id} class="request">
              <Avatar id={user.id} name={name} size="small" />
              <span class="request__main">
                <bdi class="picker__name">{name}</bdi>
                {note !== '' && <span class="request__note">{note}</span>}
              </span>
              <span class="panel__choice">
                <button class="button button--small" type="button" disabled={isBusy} onClick={() => run(decide('chat.admit', user.id))}>
                  {words.admit}
                </button>
                <button
                  class="button button--small button--soft"
                  type="button"
                  disabled={isBusy}
                  onClick={() => run(decide('chat.reject', user.id))}
                >
                  {words.reject}
                </button>
              </span>
            </li>
          )
        })}
      </ul>
      <Fault text={fault} />
    </Section>
  )
}

const LinkRow = ({ link, onRevoke }: { readonly link: GroupLink; onRevoke(): void }) => {
  const words = texts.value
  const [isCopied, setCopied] = useState(false)
  const address = hrefOfLink(link.code)
  const until = link.expiresAt && words.linkUntil(fullTime(Date.parse(link.expiresAt), locale.value))
  return (
    <li class="link">
      <code class="link__address">{address}</code>
      <span class="panel__hint">{[words.linkUsed(link.used, link.uses), until].filter(Boolean).join(' · ')}</span>
      <span class="panel__choice">
        {navigator.clipboard && (
          <button
            class="button button--small"
            type="button"
            onClick={() =>
              void navigator.clipboard.writeText(address).then(
                () => setCopied(true),
                () => undefined,
              )
            }
          >
            <span aria-live="polite">{isCopied ? words.copied : words.copyLink}</span>
          </button>
        )}
        <button class="button button--small button--bad" type="button" onClick={onRevoke}>
          {words.revoke}
        </button>
      </span>
    </li>
  )
}

const day = 24 * 3_600

type Lasting = 'day' | 'week' | 'ever'

/** Links that lead into the group. */
export const Links = ({ peer, isGovernor }: { readonly peer: string; readonly isGovernor: boolean }) => {
  const words = texts.value
  const [lasts, setLasts] = useState<Lasting>('week')
  const { isBusy, fault, run } = useTask()
  useEffect(() => loadEntrances(peer, isGovernor), [peer, isGovernor])
  const then = (work: () => Promise<unknown>) =>
    run(async () => {
      await work()
      loadEntrances(peer, isGovernor)
    })
  const make = () => act('chat.link', lasts === 'ever' ? {} : { expiresIn: lasts === 'day' ? day : 7 * day }, peer)
  return (
    <Section title={words.links} count={linksOf(peer).length}>
      <ul class="links">
        {linksOf(peer).map((link) => (
          <LinkRow key={link.code} link={link} onRevoke={() => then(() => act('chat.revoke', { code: link.code }, peer))} />
        ))}
      </ul>
      <Segmented<Lasting>
        legend={words.linkLasts}
        name="link-lasts"
        value={lasts}
        options={[
          ['day', words.hours(24)],
          ['week', words.hours(24 * 7)],
          ['ever', words.forEver],
        ]}
        onChange={(next) => setLasts(next)}
      />
      <Fault text={fault} />
      <button class="button button--soft" type="button" disabled={isBusy} onClick={() => then(make)}>
        {words.makeLink}
      </button>
    </Section>
  )
}

/** Who may not come in any more. */
export const Bans = ({ peer }: { readonly peer: string }) => {
  const words = texts.value
  const { isBusy, fault, run } = useTask()
  const all = bansOf(peer)
  if (all.length === 0) return null
  const unban = (user: string) => async (): Promise<void> => {
    await act('chat.unban', { users: [user] }, peer)
    loadEntrances(peer, true)
  }
  return (
    <Section title={words.banned} count={all.length}>
      <ul class="picker">
        {all.map(({ id, name = words.unnamed }) => (
          <li key={id} class="picker__one">
            <Avatar id={id} name={name} size="small" />
            <bdi class="picker__name">{name}</bdi>
            <button class="button button--small button--soft" type="button" disabled={isBusy} onClick={() => run(unban(id))}>
              {words.unban}
            </button>
          </li>
        ))}
      </ul>
      <Fault text={fault} />
    </Section>
  )
}
