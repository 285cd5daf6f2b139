import { coreErrors, definePlugin } from '#core'

/**
 * Signs in whoever presents `test.<user id>[.<name>[.<scope>+<scope>]]`, so that a plugin's tests need no accounts.
 * A scope's dot is written as a hyphen. Tests of real tokens belong to the plugin `auth`.
 */
export const testIdentity = definePlugin({
  id: 'test-identity',
  capabilities: ['authenticate'],
  setup: () => ({
    hooks: {
      authenticate: ({ token }) => {
        if (!token?.startsWith('test.')) return undefined
        const [, userId = '', name, scopes = ''] = token.split('.')
        if (!/^U\d+$/.test(userId)) throw coreErrors.BAD_TOKEN()
        const scope = scopes
          .split('+')
          .filter(Boolean)
          .map((part) => part.replace('-', '.'))
        return { userId, sessionId: `S${userId.slice(1)}`, scope, ...(name && { name }) }
      },
    },
  }),
})
