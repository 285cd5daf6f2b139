import { useEffect, useState } from 'preact/hooks'
import { type Door, type Doors, fetchDoors } from '../api.ts'
import { languages } from '../i18n/language.ts'
import { farewell } from '../state/session.ts'
import { language, languageChoice, texts } from '../state/settings.ts'
import { EntryForm } from './entry-form.tsx'
import { GlobeIcon, Logo } from './icons.tsx'
import { Segmented } from './segmented.tsx'

const order: readonly Door[] = ['guest', 'login', 'register']

const LanguageSwitch = () => {
  const other = language.value === 'en' ? 'zh' : 'en'
  return (
    <button
      class="welcome__language"
      type="button"
      lang={languages[other].tag}
      onClick={() => {
        languageChoice.value = other
      }}
    >
      <GlobeIcon size={18} />
      {languages[other].name}
    </button>
  )
}

const Ways = ({ doors }: { readonly doors: Doors }) => {
  const words = texts.value
  const open = order.filter((door) => doors[door])
  const [chosen, choose] = useState<Door | undefined>(undefined)
  const door = chosen ?? open[0]
  if (!door) return <p class="welcome__note">{words.nobodyMayEnter}</p>
  const labels = { guest: words.asGuest, login: words.signIn, register: words.createAccount }
  return (
    <>
      {open.length > 1 && (
        <Segmented<Door>
          legend={words.howToEnter}
          isLegendHidden
          name="door"
          value={door}
          options={open.map((option) => [option, labels[option]] as const)}
          onChange={(option) => choose(option)}
        />
      )}
      <EntryForm key={door} door={door} mayFocus={chosen === undefined} />
    </>
  )
}

const Unreachable = ({ onRetry }: { onRetry(): void }) => (
  <div class="welcome__unreachable" role="alert">
    <p>{texts.value.cannotReach}</p>
    <button class="button button--soft" type="button" onClick={onRetry}>
      {texts.value.tryAgain}
    </button>
  </div>
)

const useDoors = () => {
  const [doors, setDoors] = useState<Doors | 'failed' | undefined>(undefined)
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let isShown = true
    fetchDoors().then(
      (open) => isShown && setDoors(open),
      () => isShown && setDoors('failed'),
    )
    return () => {
      isShown = false
    }
  }, [turn])
  const retry = (): void => {
    setDoors(undefined)
    setTurn(turn + 1)
  }
  return { doors, retry }
}

const Farewell = () => {
  const words = texts.value
  if (!farewell.value) return null
  return (
    <p class="welcome__farewell" role="alert">
      {farewell.value === 'revoked' ? words.noticeRevoked : words.noticeExpired}
    </p>
  )
}

/** Where somebody comes in. */
export const Welcome = () => {
  const { doors, retry } = useDoors()
  return (
    <main class="welcome">
      <div class="welcome__card">
        <header class="welcome__head">
          <Logo size={64} />
          <h1 class="welcome__title">Parley</h1>
          <p class="welcome__tagline">{texts.value.tagline}</p>
        </header>
        <Farewell />
        {doors === 'failed' && <Unreachable onRetry={retry} />}
        {doors === undefined && (
          <div class="welcome__wait" role="status">
            <span class="spinner" />
            <span class="said">{texts.value.oneMoment}</span>
          </div>
        )}
        {typeof doors === 'object' && <Ways doors={doors} />}
      </div>
      <LanguageSwitch />
    </main>
  )
}
