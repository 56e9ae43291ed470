import { setTimeout as delay } from 'node:timers/promises'
import { profileProcess } from '../src/profiler/node-profiler.ts'
import { type Bench, median } from './timing.ts'

const pairs = 8
const profileMs = 10_000

/** D2: a profile slows an agent by at most 5%. Prints the CPU time that a unit of work takes more while a profile is taken. */
export const profiling: Bench = {
  name: 'profiling',
  async run() {
    await measureUnits(delay(profileMs))
    for (const kind of ['cpu', 'heap'] as const) {
      const slowdowns: number[] = []
      const heldUp: number[] = []
      for (let pair = 0; pair < pairs; pair++) {
        // In turns, because the speed of the machine drifts.
        const first = pair % 2 === 0 ? await measureUnits(delay(profileMs)) : undefined
        const profile = profileProcess({ kind, durationMs: profileMs })
        const during = await measureUnits(profile)
        heldUp.push((await profile).overheadPercent!)
        slowdowns.push(during / (first ?? (await measureUnits(delay(profileMs)))) - 1)
      }
      const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => slowdowns.toSorted((a, b) => a - b)[Math.floor(part * pairs)]!)
      const percent = (ratio: number | undefined) => `${(ratio! * 100).toFixed(1)} %`
      console.log(
        `A ${kind} profile of ${profileMs / 1_000} s slows work down by ${percent(middle)} (quartiles ${percent(low)} to ${percent(high)}), goal 5%; ` +
          `starting and stopping it takes ${median(heldUp).toFixed(1)} % of the time.`,
      )
    }
    return []
  },
}

/** Milliseconds of CPU time of this process for each unit of work, until something is done. */
async function measureUnits(until: Promise<unknown>): Promise<number> {
  let isOver = false
  void until.finally(() => {
    isOver = true
  })
  const before = process.cpuUsage()
  let units = 0
  for (; !isOver; units++) {
    work()
    if (units % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / units
}

const prices = JSON.stringify(Array.from({ length: 500 }, (_, index) => ({ price: index, name: `item ${index}` })))

/** The work of agents: parse, compare, count. */
function work(): number {
  const parsed: { price: number; name: string }[] = JSON.parse(prices)
  const names = new Map(parsed.map(({ name, price }) => [name, price]))
  let close = 0
  for (const { price } of parsed)
    for (let index = 0; index < parsed.length; index += 5) close += Number(Math.abs(price - index) < 3)
  return close + names.size
}
