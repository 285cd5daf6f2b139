/** The client of a Parley server, for browsers, Bun, Deno and Node. Depends on nothing. */
export { createClient } from './client.ts'
export type { Clock, KeyValueStorage, Surroundings, WebSocketClass, WebSocketLike } from './environment.ts'
export type { ClientCode } from './errors.ts'
export { ClientError } from './errors.ts'
export { withEntries } from './messages.ts'
export type {
  AnyProtocol,
  Content,
  Entry,
  EntryData,
  EventFrame,
  EventType,
  Member,
  MessageData,
  MessageType,
  Posted,
  PostedData,
  ProtocolTypes,
  Publication,
  Receipt,
  ReplyData,
  RequestArguments,
  RequestOptions,
  RoomPosition,
  SearchPage,
  TextEntity,
  Welcome,
} from './protocol.ts'
export type {
  Chat,
  Client,
  ClientOptions,
  ClientState,
  CloseInfo,
  Conversation,
  JoinOptions,
  RoomHandle,
  Rooms,
  SearchOptions,
  Sending,
  SendingKind,
  SendingState,
  SendOptions,
  Undo,
} from './types.ts'
