// In the index a message also stands under where it was said and by whom: so a search looks at what the searcher can reach,
// and at nothing else, however many messages hold the word. No word of a text has an underscore.

/** Under what all messages of the conversation with this key stand. */
export const placesOf = (key: string): readonly string[] => {
  if (key.startsWith('G')) return [`_${key.toLowerCase()}`]
  const [first = '', second = ''] = key.toLowerCase().split(':')
  return first === second ? [`_${first}`, `_s${first}`] : [`_${first}`, `_${second}`]
}

/** What all direct conversations of somebody stand under. */
export const ownPlace = (user: string): string => `_${user.toLowerCase()}`

/** What exactly one conversation of `user` stands under: all of these. */
export const placesOfConversation = (user: string, to: string): readonly string[] => {
  if (to.startsWith('G')) return [`_${to.toLowerCase()}`]
  return to === user ? [`_s${user.toLowerCase()}`] : [ownPlace(user), ownPlace(to)]
}

/** What everything that somebody said stands under. */
export const fromPlace = (user: string): string => `_f${user.toLowerCase()}`
