// Rule 4: inside the core imports run in one direction and never in a circle. Types count: a reader has to follow them too.
import type { Rule, Source } from './source.ts'

type Graph = ReadonlyMap<string, readonly string[]>

const graphOf = (sources: readonly Source[]): Graph => {
  const core = sources.filter(({ path }) => path.startsWith('src/') && !/\.test\.tsx?$/.test(path))
  return new Map(core.map(({ path, imports }) => [path, imports.flatMap(({ target }) => (target ? [target] : []))]))
}

/** The first circle through `start`, or `undefined`. */
const circleFrom = (graph: Graph, start: string): readonly string[] | undefined => {
  const seen = new Set<string>()
  const search = (file: string, way: readonly string[]): readonly string[] | undefined => {
    for (const next of graph.get(file) ?? []) {
      if (next === start) return [...way, file, start]
      if (seen.has(next)) continue
      seen.add(next)
      const circle = search(next, [...way, file])
      if (circle) return circle
    }
    return undefined
  }
  return search(start, [])
}

/** Each circle once, named by its first file in the alphabet. */
export const noCircles: Rule = (sources) => {
  const graph = graphOf(sources)
  const circles = [...graph.keys()].map((file) => circleFrom(graph, file)).filter((circle) => circle !== undefined)
  const first = circles.filter((circle) => circle.every((file) => file >= (circle[0] as string)))
  return first.map((circle) => `a circle of imports: ${circle.join(' → ')}`)
}

/** Whoever stands to the left may import what stands to the right, never the other way round, however indirectly. */
const chains: readonly (readonly string[])[] = [
  ['main', 'server', 'kernel', 'dispatch', 'hub', 'broker'],
  ['main', 'server', 'kernel', 'dispatch', 'connection', 'errors'],
  ['dispatch', 'connection', 'message'],
  ['dispatch', 'connection', 'service'],
]

const reachable = (graph: Graph, start: string): ReadonlySet<string> => {
  const reached = new Set<string>()
  const queue = [start]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    for (const next of graph.get(file) ?? []) {
      if (!reached.has(next)) queue.push(next)
      reached.add(next)
    }
  }
  return reached
}

/** main → server → kernel → dispatch → hub → broker; connection → errors, message, service. */
export const oneDirection: Rule = (sources) => {
  const graph = graphOf(sources)
  const against = chains.flatMap((chain) =>
    chain.flatMap((lower, index) => {
      const reached = reachable(graph, `src/${lower}.ts`)
      const above = chain.slice(0, index).filter((upper) => reached.has(`src/${upper}.ts`))
      return above.map((upper) => `src/${lower}.ts reaches src/${upper}.ts, which stands above it`)
    }),
  )
  return [...new Set(against)]
}
