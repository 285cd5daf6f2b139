import { defineErrors } from '#core'

export const errors = defineErrors('CONTACTS', {
  NO_SUCH_USER: ['not_found', 'There is no such user.'],
  SELF: ['invalid', 'This is yourself.'],
  ALREADY: ['conflict', 'This user is a contact of yours already.'],
  NO_REQUEST: ['not_found', 'This user has not asked to be a contact of yours, or no longer does.'],
  NOT_CONTACT: ['not_found', 'This user is no contact of yours.'],
  BLOCKED: ['conflict', 'You have blocked this user; unblock them first.'],
  TOO_MANY_REQUESTS: ['conflict', '{limit} requests of yours are still unanswered; withdraw one first.'],
  FULL: ['conflict', 'One of you has {limit} contacts, which is as many as there may be.'],
  TOO_MANY_BLOCKED: ['conflict', 'You have blocked {limit} users, which is as many as there may be.'],
})
