// The catalogue: what this program can switch on. One line per plugin.
import { auth } from './auth/index.ts'
import { calls } from './calls/index.ts'
import { chat } from './chat/index.ts'
import { contacts } from './contacts/index.ts'
import { inbox } from './inbox/index.ts'
import { kamachat } from './kamachat/index.ts'
import { rooms } from './rooms/index.ts'

export const catalogue = [auth, inbox, contacts, rooms, chat, calls, kamachat] as const
