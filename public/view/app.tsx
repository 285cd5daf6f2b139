import { announcement } from '../state/announcer.ts'
import { user } from '../state/session.ts'
import { Frame } from './frame.tsx'
import { Welcome } from './welcome.tsx'

const Announcer = () => (
  <div class="said" role="status" aria-live="polite">
    <span key={announcement.value.turn}>{announcement.value.text}</span>
  </div>
)

/** The whole page. */
export const App = () => (
  <>
    {user.value ? <Frame key={user.value.id} me={user.value} /> : <Welcome />}
    <Announcer />
  </>
)
