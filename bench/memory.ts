import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BenchInstallation, startBenchInstallation } from './bench-installation.ts'
import { RecordSender, registerSender } from './record-sender.ts'
import { type Bench, median } from './timing.ts'

const senders = 4
const usualMinutes = 5
/** Seconds in which as much is sent as can be. */
const fullSpeedSeconds = 10
const sampleMs = 2_000

/** The memory of the API while it receives executions at half of its maximum. The argument is how long, in minutes. */
export const memory: Bench = {
  name: 'memory',
  async run(argv) {
    const installation = await startBenchInstallation()
    try {
      await registerSender(installation.client.db)
      const fastest = (await send(installation, fullSpeedSeconds)).rowsPerSecond
      const minutes = Number(argv?.[0] ?? usualMinutes)
      const { rowsPerSecond, samples } = await send(installation, minutes * 60, fastest / 2)
      const fifth = Math.max(1, Math.floor(samples.length / 5))
      console.log(`at full speed ${fastest.toFixed(0)} rows/s; then ${rowsPerSecond.toFixed(0)} rows/s for ${minutes} minutes`)
      for (const [index, program] of (['api', 'worker'] as const).entries()) {
        const all = samples.map((sample) => sample[index]!)
        const parts = Array.from({ length: 5 }, (_, part) => median(all.slice(part * fifth, (part + 1) * fifth)).toFixed(0))
        console.log(
          `memory of the ${program}, MiB, median of each fifth of the time: ${parts.join(', ')}; at most ${Math.max(...all).toFixed(0)}`,
        )
      }
      return []
    } finally {
      await installation.stop()
    }
  },
}

/** @param rowsPerSecond as many as can be if undefined @returns samples of the memory of the API and the worker, MiB */
async function send(
  { addresses, findProcess }: BenchInstallation,
  seconds: number,
  rowsPerSecond?: number,
): Promise<{ rowsPerSecond: number; samples: [number, number][] }> {
  const stopping = new AbortController()
  const all = Array.from({ length: senders }, () => new RecordSender(addresses.api))
  const sending = Promise.all(all.map((sender) => sender.run(stopping.signal, rowsPerSecond && rowsPerSecond / senders)))
  const samples: [number, number][] = []
  const until = Date.now() + seconds * 1_000
  while (Date.now() < until) {
    await sleep(sampleMs)
    samples.push([residentMiB(findProcess('api')), residentMiB(findProcess('worker'))])
  }
  stopping.abort()
  await sending
  const acknowledged = all.reduce((sum, sender) => sum + sender.acknowledged, 0)
  return { rowsPerSecond: acknowledged / seconds, samples }
}

const residentMiB = (pid: number | undefined) =>
  pid === undefined ? 0 : Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1_024
