import { readFile } from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** The resources that this process used since the previous reading. */
export interface ProcessReading {
  /** Share of one core, percent; above 100 with several threads. */
  cpuPercent: number
  /** Resident memory. */
  memoryMb: number
  /** Resident memory as a share of the limit of its container, percent; missing without a limit. */
  memoryPercent?: number
  /** The 99th percentile of how late timers ran. */
  eventLoopDelayMs: number
  /** Read from and written to storage; missing where the system does not tell. */
  ioBytesPerSecond?: number
}

const resolutionMs = 20
const mib = 2 ** 20

/** Measures this process between one reading and the next. */
export class ProcessMeter {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs })
  #cpu = process.cpuUsage()
  #at = performance.now()
  #ioBytes: number | undefined

  constructor() {
    this.#delay.enable()
  }

  async read(): Promise<ProcessReading> {
    const [ioBytes, limit] = await Promise.all([readIoBytes(), readMemoryLimit()])
    const at = performance.now()
    const elapsedMs = Math.max(1, at - this.#at)
    const used = process.cpuUsage(this.#cpu)
    const cpuMs = (used.user + used.system) / 1_000
    const memory = process.memoryUsage.rss()
    // Where no timer ran at all, the whole time was a delay.
    const delayMs = this.#delay.count > 0 ? this.#delay.percentile(99) / 1e6 - resolutionMs : elapsedMs
    const reading: ProcessReading = {
      cpuPercent: (cpuMs / elapsedMs) * 100,
      memoryMb: memory / mib,
      ...(limit !== undefined && { memoryPercent: (memory / limit) * 100 }),
      eventLoopDelayMs: Math.max(0, delayMs),
      ...(ioBytes !== undefined &&
        this.#ioBytes !== undefined && { ioBytesPerSecond: Math.max(0, ioBytes - this.#ioBytes) / (elapsedMs / 1_000) }),
    }
    this.#delay.reset()
    this.#cpu = process.cpuUsage()
    this.#at = at
    this.#ioBytes = ioBytes
    return reading
  }

  stop(): void {
    this.#delay.disable()
  }
}

/** Linux's counters of this process. */
async function readIoBytes(): Promise<number | undefined> {
  const text = await readFile('/proc/self/io', 'utf8').catch(() => '')
  const values = [...text.matchAll(/^(?:read|write)_bytes: (\d+)$/gm)].map(([, value]) => Number(value))
  return values.length === 2 ? values[0]! + values[1]! : undefined
}

/** The memory limit of the container (cgroup v2), bytes. */
async function readMemoryLimit(): Promise<number | undefined> {
  const text = await readFile('/sys/fs/cgroup/memory.max', 'utf8').catch(() => 'max')
  const limit = Number(text)
  return limit > 0 ? limit : undefined
}
