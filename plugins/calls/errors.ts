import { defineErrors } from '#core'

export const errors = defineErrors('CALLS', {
  NO_SUCH_CALL: ['not_found', 'There is no such call, or you are not among its people.'],
  NO_SUCH_USER: ['not_found', 'There is no such user.'],
  NO_SUCH_GROUP: ['not_found', 'There is no such group, or you are not in it.'],
  SELF: ['invalid', 'This is yourself.'],
  REFUSED: ['forbidden', 'This user does not take calls from you.'],
  IN_CALL: ['conflict', 'You are in a call already; end it first.'],
  ENDED: ['conflict', 'The call is over: {outcome}.'],
  STATE: ['conflict', 'A call that is {state} does not take this.'],
  ANSWERED_ELSEWHERE: ['conflict', 'You are in this call with another device.'],
  NOT_IN_CALL: ['forbidden', 'This connection is not in the call; accept or resume it first.'],
  FULL: ['conflict', 'The call is full: it takes {limit} people.'],
  STALE: ['conflict', 'This device has used the number {n} in this call before, for something else.'],
  IDEMPOTENCY_CONFLICT: ['conflict', 'This clientId was used before, to call somebody else.'],
  NO_SUCH_PARTY: ['not_found', 'Whom this is meant for is not in the call, or no longer.'],
  NO_OFFER: ['conflict', 'There is no offer to which this could belong.'],
  TOO_MANY_CANDIDATES: ['too_large', 'One negotiation has at most {limit} candidates.'],
})
