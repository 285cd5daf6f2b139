import { defineErrors } from '#core'

export const errors = defineErrors('ROOMS', {
  NOT_JOINED: ['forbidden', 'You are not in this room.'],
  FULL: ['conflict', 'The room is full: it takes {limit} people.'],
  EXISTS: ['conflict', 'A room of this name exists already.'],
  TOO_MANY: ['unavailable', 'There are {limit} rooms, which is as many as this server keeps.'],
})
