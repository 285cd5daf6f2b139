// How a long conversation scrolls: bun test/e2e/scroll.ts [messages]. Not a test: it prints figures. Frames are counted by
// what `requestAnimationFrame` sees, in a Chromium without a graphics card, whose rasteriser takes the same processor. So
// the page's own work is told apart: tasks of its thread over 50 ms, and in frames over 50 ms what script, style and layout took.
import { launchBrowser } from '../support/browser.ts'
import { arrive, idOf, newest } from './person.ts'
import { startProgram } from './program.ts'
import { voice } from './voice.ts'

const count = Number(process.argv[2] ?? 100_000)

const words = 'the lake was quiet that morning and nobody wanted to be the first who spoke about going home'.split(' ')
const textOf = (i: number): string => `${i + 1} ${words.slice(0, 2 + ((i * 7) % words.length)).join(' ')}`

const program = await startProgram()
const browser = await launchBrowser()
const reader = await arrive(await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } }), program.url)
await reader.enter('Reader')
const id = await idOf(reader.page)
using talker = await voice(program.url, 'Talker')
await talker.pour(
  id,
  (function* () {
    for (let i = 0; i < count; i++) yield textOf(i)
  })(),
)
await reader.page.reload()
await reader.page.locator('.row').filter({ hasText: 'Talker' }).waitFor()
const { page } = reader
await page.locator('.row').filter({ hasText: 'Talker' }).click()
await page.locator('[data-seq]').first().waitFor()
await page.evaluate(() => document.querySelector<HTMLElement>('.jump--end')?.click())
await newest(page, count)

/** Scroll by `px` per frame for `seconds` and say how the frames went. */
const run = (px: number, seconds: number) =>
  page.evaluate(
    async ({ px, seconds }) => {
      const list = document.querySelector('.log__scroll') as HTMLElement
      const gaps: number[] = []
      const tasks: number[] = []
      const own: number[] = []
      const watch = (type: string, note: (entry: PerformanceEntry) => void): (() => void) => {
        const observer = new PerformanceObserver((list) => list.getEntries().forEach(note))
        observer.observe({ type })
        return () => observer.takeRecords().forEach(note)
      }
      const watches = [
        watch('longtask', ({ duration }) => void tasks.push(duration)),
        watch('long-animation-frame', (entry) => {
          const { startTime, duration, styleAndLayoutStart, scripts } = entry as PerformanceEntry & {
            readonly styleAndLayoutStart: number
            readonly scripts: readonly { readonly duration: number }[]
          }
          const layout = styleAndLayoutStart > 0 ? startTime + duration - styleAndLayoutStart : 0
          own.push(scripts.reduce((sum, script) => sum + script.duration, layout))
        }),
      ]
      let [most, blank, lowest] = [0, 0, Number.POSITIVE_INFINITY]
      const until = performance.now() + seconds * 1000
      let last = performance.now()
      while (performance.now() < until) {
        list.scrollTop += px
        await new Promise(requestAnimationFrame)
        const now = performance.now()
        gaps.push(now - last)
        last = now
        if (gaps.length % 10 === 0) most = Math.max(most, document.querySelectorAll('*').length)
        lowest = Math.min(lowest, Number(document.querySelector<HTMLElement>('[data-seq]')?.dataset.seq))
        // To look is work of the page's thread, too.
        if (gaps.length % 10 > 0) continue
        const box = list.getBoundingClientRect()
        if (!document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)?.closest('.line, .day, .lines')) blank++
      }
      // The last frame is told of once it is over.
      await new Promise(requestAnimationFrame)
      await new Promise(requestAnimationFrame)
      for (const take of watches) take()
      gaps.sort((a, b) => a - b)
      const at = (q: number): number => Math.round((gaps[Math.floor(gaps.length * q)] ?? 0) * 10) / 10
      const heap = (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0
      return {
        px,
        frames: gaps.length,
        over50: gaps.filter((gap) => gap > 50).length,
        p50: at(0.5),
        p99: at(0.99),
        max: at(0.9999),
        longTasks: tasks.length,
        longestTask: Math.round(Math.max(0, ...tasks)),
        longFrames: own.length,
        longestOwn: Math.round(Math.max(0, ...own)),
        nodes: most,
        blank,
        lowest,
        heapMiB: Math.round(heap / 2 ** 20),
      }
    },
    { px, seconds },
  )

const cdp = await page.context().newCDPSession(page)
await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
const busy = async (): Promise<number> => {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
}
for (const px of [-60, -250, -1000, 250]) {
  const before = await busy()
  const figures = await run(px, 10)
  const cpuMs = (((await busy()) - before) / figures.frames) * 1000
  console.log(JSON.stringify({ ...figures, cpuMsPerFrame: Math.round(cpuMs * 10) / 10 }))
}
console.log(JSON.stringify({ complaints: reader.complaints.all }))
await browser.close()
await program[Symbol.asyncDispose]()
