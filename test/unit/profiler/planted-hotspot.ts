/**
 * Burns CPU time, about 40 % of it in one quadratic loop, and profiles itself; prints the profile and the share of its time for
 * which it waited for a core. Run with `--cpu-prof`.
 */
import { profileProcess } from '../../../src/profiler/node-profiler.ts'

function countDuplicates(prices: readonly number[]): number {
  let duplicates = 0
  for (let i = 0; i < prices.length; i++) {
    for (let j = i + 1; j < prices.length; j++) {
      if (Math.abs(prices[i]! - prices[j]!) < 0.5) duplicates++
    }
  }
  return duplicates
}

function readPrices(text: string): number {
  return JSON.parse(text).reduce((sum: number, { price }: { price: number }) => sum + price, 0)
}

const numbers = Array.from({ length: 2_000 }, (_, index) => index % 1_990)
const prices = JSON.stringify(Array.from({ length: 3_000 }, (_, index) => ({ price: index, name: `item ${index}` })))

/** CPU time in microseconds: another process on the same core must not count. */
function readCpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

let quadratic = 0
let others = 0
/** One unit of work; the loop is repeated until it has had 40 % of the CPU time. */
async function work(): Promise<void> {
  const from = readCpu()
  if (quadratic * 0.6 <= others * 0.4) {
    countDuplicates(numbers)
    quadratic += readCpu() - from
  } else {
    readPrices(prices)
    others += readCpu() - from
  }
}

const kind = process.argv[2] as 'cpu' | 'heap'
let isDone = false
const from = performance.now()
const cpuFrom = process.threadCpuUsage()
const profile = profileProcess({ kind, durationMs: kind === 'cpu' ? 10_000 : 5_000 }).finally(() => {
  isDone = true
})
while (!isDone) {
  await work()
  await new Promise((resolve) => setImmediate(resolve))
}
const { user, system } = process.threadCpuUsage(cpuFrom)
const waitingRatio = Math.max(0, 1 - (user + system) / 1_000 / (performance.now() - from))
console.log(JSON.stringify({ profile: await profile, waitingRatio }))
