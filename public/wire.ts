// The page's one door to the typed wire. Types that are in the catalogue are strict; a plugin that is taken out of it
// leaves its types as `any`, so that the page compiles without it (it hides what is not switched on anyway).
import type { catalogue } from '../plugins/index.ts'
import type { AnyProtocol, Client, RequestOptions } from '../src/client/index.ts'
import type { MessageSpec, Reply, Sent } from '../src/message.ts'
import type { Protocol } from '../src/plugin.ts'

type Messages = Protocol<typeof catalogue>['messages']
type Spec<K extends string> = K extends keyof Messages ? Messages[K] : MessageSpec<any, any, any>

/** The client as the page holds it; requests go through `request`. */
export type PageClient = Client<AnyProtocol>

/** Send one message and resolve with its ack's data; rejects as the client's `request` does. */
export const request = <K extends string>(
  client: PageClient,
  type: K,
  data: Sent<Spec<K>>,
  options?: RequestOptions,
): Promise<Reply<Spec<K>>> => client.request(type, data, options)
