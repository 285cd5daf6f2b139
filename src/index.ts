// "#core": every name that a plugin may import, and nothing else.
export { limitKey } from './address.ts'
export type { Ambient } from './ambient.ts'
export { Broker } from './broker.ts'
export { Bucket, Buckets } from './bucket.ts'
export type { Connection, Connections, Identity } from './connection.ts'
export type { Dialect, Translator, Wire } from './dialect.ts'
export { AppError, badField, core as coreErrors, type Detail, defineErrors, type ErrorInfo, type Kind, kinds } from './errors.ts'
export { type Describe, Inbox } from './inbox.ts'
export { type Counted, type Limit, limit } from './limit.ts'
export type { Log } from './log.ts'
export { type Address, anyObject, type Events, type Messages, message, type Schema } from './message.ts'
export { type ContentChannel, type ContentKind, type ContentMessage, type ContentPost, Messaging, type PostedContent } from './messaging.ts'
export {
  type Addressing,
  type Behaviour,
  type Capability,
  type Check,
  type Context,
  type Credentials,
  definePlugin,
  type Handlers,
  type Hooks,
  type Inbound,
  type Passwords,
  type Plugin,
  type Protocol,
  type Publication,
  type PublishOptions,
  type Request,
  type Transport,
} from './plugin.ts'
export { type Purpose, Relations } from './relations.ts'
export { type RouteRequest, type RouteSpec, route } from './route.ts'
export { defineService, maybe, type Resolved, type Service, type Services } from './service.ts'
export type { Kit } from './store/columns.ts'
export type { Migration } from './store/migrate.ts'
export { planAnew } from './store/plan.ts'
export { ReadCache } from './store/read-cache.ts'
export { type Db, type Statement, type Store, StoreError, type StoreFailure, type WriteOptions } from './store/store.ts'
export { UnitCache } from './store/unit-cache.ts'
export { rfc3339 } from './time.ts'
export { type User, Users } from './users.ts'
