/** A typed name for something one plugin offers and others may ask for. `T` exists only at compile time. */
export interface Service<T> {
  readonly name: string
  readonly optional?: true
  readonly __type?: (value: T) => T
}

/** Name a service: `export const Presence = defineService<Presence>('presence')`. */
export const defineService = <T>(name: string): Service<T> => ({ name })

/** Ask for a service that may be switched off: it resolves to `undefined` then. */
export const maybe = <T>(service: Service<T>): Service<T | undefined> => ({ name: service.name, optional: true })

/** Services by the local name under which a plugin sees them. */
export type Services = Readonly<Record<string, Service<any>>>

/** What the tokens of `S` stand for. */
export type Resolved<S extends Services> = {
  readonly [K in keyof S]: S[K] extends Service<infer T> ? T : never
}
