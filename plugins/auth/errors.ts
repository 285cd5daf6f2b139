import { defineErrors } from '#core'

/** What signing up, in and out can refuse, beside the core's own errors. */
export const errors = defineErrors('AUTH', {
  GUESTS_OFF: ['forbidden', 'Guests are not let in here; sign in with an account.'],
  REGISTER_OFF: ['forbidden', 'New accounts cannot be made here.'],
  LOGIN_OFF: ['forbidden', 'Nobody signs in with a password here.'],
  LOGIN_TAKEN: ['conflict', 'This login is taken; choose another.'],
  WEAK_PASSWORD: ['invalid', 'Choose another password: {reason}.'],
  WRONG_LOGIN: ['unauthenticated', 'The login or the password is wrong.'],
  DISABLED: ['forbidden', 'This account was disabled or deleted.'],
  REFRESH_INVALID: ['unauthenticated', 'This refresh token is not valid, or no longer; sign in again.'],
  NO_SUCH_SESSION: ['not_found', 'You have no such session.'],
  ONESELF: ['conflict', 'Another administrator has to do this to you.'],
  NAMED_ADMIN: ['forbidden', 'The operator named this administrator in a setting, and only there is it changed.'],
  HOST_NAME: ['forbidden', 'Your name comes from the host application; change it there.'],
  BUSY: ['unavailable', 'Too many people are signing in at this moment; try again.'],
  KEYS_UNAVAILABLE: ['unavailable', 'The keys that tokens are checked with could not be fetched yet.'],
})
