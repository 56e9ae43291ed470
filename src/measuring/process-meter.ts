import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { ContainerMeter, type ContainerReading } from './container-meter.ts'

/** The resources that this process used since the previous reading, and its container. */
export interface ProcessReading extends ContainerReading {
  /** Share of one core, percent; above 100 with several threads. */
  cpuPercent: number
  /** Cores that it may use. */
  cpuCores: number
  /** Resident memory. */
  memoryMb: number
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
  readonly #container = new ContainerMeter()
  #cpu = process.cpuUsage()
  #at = performance.now()
  #ioBytes: number | undefined

  constructor() {
    this.#delay.enable()
  }

  async read(): Promise<ProcessReading> {
    const [ioBytes, container] = await Promise.all([readIoBytes(), this.#container.read()])
    const at = performance.now()
    const elapsedMs = Math.max(1, at - this.#at)
    const used = process.cpuUsage(this.#cpu)
    const cpuMs = (used.user + used.system) / 1_000
    // If no timer ran at all, the whole time was a delay.
    const delayMs = this.#delay.count > 0 ? this.#delay.percentile(99) / 1e6 - resolutionMs : elapsedMs
    const reading: ProcessReading = {
      cpuPercent: (cpuMs / elapsedMs) * 100,
      cpuCores: availableParallelism(),
      memoryMb: process.memoryUsage.rss() / mib,
      eventLoopDelayMs: Math.max(0, delayMs),
      ...(ioBytes !== undefined &&
        this.#ioBytes !== undefined && { ioBytesPerSecond: Math.max(0, ioBytes - this.#ioBytes) / (elapsedMs / 1_000) }),
      ...container,
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
