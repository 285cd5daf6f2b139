import { defineService } from './service.ts'

/**
 * Carries publications to the other nodes of a deployment, and theirs to this one.
 *
 * A wake-up and fan-out path, never the truth: it may lose or repeat a frame, because every ordered
 * publication carries its position and readers heal from the database. A plugin with the capability
 * `broker` provides one; without it a process is alone.
 */
export interface Broker {
  /**
   * Hand one encoded frame to the other nodes. Returns at once and never throws; in call order per
   * topic as far as the broker keeps order. This node has delivered it already.
   */
  publish(topic: string, frame: string): void
  /** Begin to deliver what other nodes publish. Called once, before the server listens. */
  start(deliver: (topic: string, frame: string) => void): void | Promise<void>
}

/** The token under which a broker plugin provides itself. At most one may. */
export const Broker = defineService<Broker>('core.broker')
