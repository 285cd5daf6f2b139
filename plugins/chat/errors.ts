import { defineErrors } from '#core'

export const errors = defineErrors('CHAT', {
  TEXT_EMPTY: ['invalid', 'The message has no text.'],
  TEXT_TOO_LONG: ['too_large', 'The text has {length} characters; the limit is {limit}.'],
  UNKNOWN_CONTENT: ['invalid', 'Nothing here knows the kind of content {kind}.'],
  CONTENT_TOO_LARGE: ['too_large', 'The content has {length} characters as JSON; the limit is {limit}.'],
  NO_SUCH_USER: ['not_found', 'There is no such user.'],
  NO_SUCH_CONVERSATION: ['not_found', 'There is no such conversation, or you are not in it.'],
  NO_SUCH_MESSAGE: ['not_found', 'There is no such message here that you may see.'],
  IDEMPOTENCY_CONFLICT: ['conflict', 'This clientId was used before, for something else.'],
  NOT_YOURS: ['forbidden', 'Only its sender may do this.'],
  NOT_ALLOWED: ['forbidden', 'Your role in this group does not allow it.'],
  TOO_LATE: ['conflict', 'The time in which this was possible is over.'],
  RECALLED: ['conflict', 'The message was recalled.'],
  MUTED: ['forbidden', 'You may not write here until {until}.'],
  REFUSED: ['forbidden', 'This user does not take messages from you.'],
  GROUP_FULL: ['conflict', 'The group is full: it takes {limit} people.'],
  OWNER_STAYS: ['conflict', 'The owner hands the group over before leaving it.'],
  BAD_LINK: ['not_found', 'This link does not lead into a group, or no longer.'],
  TOO_MANY_APPLICATIONS: ['conflict', 'There are too many open applications, of yours or to this group.'],
  TOO_MANY_LINKS: ['conflict', 'The group has as many links as it may: {limit}.'],
  TOO_MANY_BANS: ['conflict', 'The group has banned as many people as it may: {limit}.'],
})
