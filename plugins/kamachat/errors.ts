import { defineErrors } from '#core'

export const errors = defineErrors('KAMACHAT', {
  BAD_FRAME: ['invalid', 'This is no frame of KamaChat: {reason}.'],
  NOT_YOURSELF: ['forbidden', 'The address names another client than the token.'],
  NO_CALL: ['not_found', 'There is no call with this user that this could be about.'],
})
