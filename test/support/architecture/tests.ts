// How tests behave: they wait for events, run all of them, and say aloud what they leave out.
import { isCallExpression, isNewExpression, isPropertyAccessExpression, type Node } from 'typescript/unstable/ast'
import { calleeOf, isTest, place, type Rule, type Source, walk } from './source.ts'

const textOf = ({ ast, text }: Source, node: Node): string => text.slice(node.getStart(ast), node.getEnd())

const sleepers = /^(Bun\.sleep|Bun\.sleepSync|Atomics\.wait|.*\.waitForTimeout)$/

/** `r` of `new Promise((r) => …)`. */
const resolverOf = (source: Source, node: Node): string | undefined =>
  isNewExpression(node) && textOf(source, node.expression) === 'Promise'
    ? /^new Promise(?:<[^(]*>)?\(\s*(?:async )?\(?\s*(\w+)/.exec(textOf(source, node))?.[1]
    : undefined

/** `setTimeout(r, …)` and `setTimeout(() => r(), …)`; a timer that rejects is a deadline, which is welcome. */
const waitsBy = (source: Source, call: Node, resolver: string): boolean =>
  new RegExp(`^setTimeout\\(\\s*(${resolver}\\b(?!\\.reject)|\\(\\) => (void )?${resolver}(\\.resolve)?\\()`).test(textOf(source, call))

const sleepsIn = (source: Source, node: Node): Node[] => {
  if (isCallExpression(node) && sleepers.test(calleeOf(source, node))) return [node]
  if (isCallExpression(node) && /^setTimeout\(\s*[\w.]+\.resolve\b/.test(textOf(source, node))) return [node]
  const resolver = resolverOf(source, node)
  if (!resolver) return []
  return [...walk(node)].filter((inner) => isCallExpression(inner) && waitsBy(source, inner, resolver))
}

/** Load generators in test/bench pace themselves by the clock; a test never does. */
const mayWait = ({ path }: Source): boolean => path.startsWith('test/bench/') && !path.endsWith('.test.ts')

export const noSleeps: Rule = (sources) =>
  sources
    .filter((source) => isTest(source.path) && !mayWait(source))
    .flatMap((source) => {
      const timers = source.imports.filter(({ specifier }) => specifier === 'node:timers/promises')
      const nodes = [...walk(source.ast)].flatMap((node) => sleepsIn(source, node))
      return [
        ...timers.map(({ line }) => `${source.path}:${line} imports timers to wait with`),
        ...nodes.map((node) => `${place(source, node)} sleeps; wait for the event itself`),
      ]
    })

const runner = /^(test|it|describe)$/
const leavesOut = /^(skip|skipIf|todo|todoIf|if)$/

const isOption = (source: Source, node: Node, option: RegExp): boolean =>
  isPropertyAccessExpression(node) && runner.test(textOf(source, node.expression)) && option.test(node.name.text)

const prints = ({ text }: Source): boolean => /console\.(log|info|warn|error)\(|stderr\.write\(/.test(text)

/** `.only` never; `.skip` and its kin only where the reason is printed (test/support/skip.ts does). */
export const nothingLeftOutInSilence: Rule = (sources) =>
  sources
    .filter((source) => isTest(source.path))
    .flatMap((source) =>
      [...walk(source.ast)].flatMap((node) => {
        if (isOption(source, node, /^only$/)) return [`${place(source, node)} runs only some tests`]
        const isSilent = isOption(source, node, leavesOut) && !prints(source)
        return isSilent ? [`${place(source, node)} leaves out a test without printing why`] : []
      }),
    )

/** A test without an expectation cannot fail. Helpers that check are named `expect…` or `assert…`. */
export const everyTestExpects: Rule = (sources) =>
  sources
    .filter((source) => /\.test\.tsx?$/.test(source.path))
    .flatMap((source) =>
      [...walk(source.ast)].flatMap((node) => {
        if (!isCallExpression(node) || !/^(test|it)(\.\w+)?$/.test(calleeOf(source, node)) || node.arguments.length < 2) return []
        return /\b(expect|assert)\w*[.(<]/.test(textOf(source, node)) ? [] : [`${place(source, node)} expects nothing`]
      }),
    )
