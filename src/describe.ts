// What the running server speaks, as documents that tools read: AsyncAPI for messages, OpenAPI for routes.
import type { Hono } from 'hono'
import { asyncApi } from './describe/asyncapi.ts'
import { openApi } from './describe/openapi.ts'
import type { Plugin } from './plugin.ts'

/** The generated documents, by the path they are served at. `apps` holds each plugin's routes, by its id. */
export const describeProtocol = (
  plugins: readonly Plugin[],
  apps: ReadonlyMap<string, Hono>,
  version: string,
): ReadonlyMap<string, object> =>
  new Map([
    ['/docs/asyncapi.json', asyncApi(plugins, version)],
    ['/docs/openapi.json', openApi(apps, version)],
  ])
