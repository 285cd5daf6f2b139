import process from 'node:process'
import { SignJWT } from 'jose'

/** A token for one of your own users, good for ten minutes. Both sides know PARLEY_AUTH_HOST_SECRET. */
export const tokenFor = (user: { id: string; name: string }): Promise<string> =>
  new SignJWT({ sub: user.id, name: user.name, scope: 'rooms.broadcast' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode(process.env.PARLEY_AUTH_HOST_SECRET))
