import { ProcessMeter } from '../measuring/process-meter.ts'
import type { InstanceIdentity, Transport } from './transport.ts'
import { warnOnce } from './warning.ts'

const firstReadingMs = 1_000
/** The interval until the optimizer sets another, and while it is away or its version accepts no readings. */
const usualIntervalMs = 15_000

/** Reports the resource usage of this process to the optimizer. A reading that does not arrive is a gap, and is not sent again. */
export class ProcessMonitor {
  readonly #meter = new ProcessMeter()
  readonly #identity: InstanceIdentity
  readonly #transport: Transport
  #timer: NodeJS.Timeout
  #isStopped = false
  #eventLoopDelayMs: number | undefined

  constructor({ agentId, instanceId }: InstanceIdentity, transport: Transport) {
    this.#identity = { agentId, instanceId }
    this.#transport = transport
    this.#timer = this.#schedule(firstReadingMs)
  }

  /** How late timers ran lately; empty before the first reading. */
  get eventLoopDelay(): { eventLoopDelayMs?: number } {
    return this.#eventLoopDelayMs === undefined ? {} : { eventLoopDelayMs: this.#eventLoopDelayMs }
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#meter.stop()
  }

  #schedule(ms: number): NodeJS.Timeout {
    return setTimeout(() => void this.#send(), ms).unref()
  }

  async #send(): Promise<void> {
    let nextMs = usualIntervalMs
    try {
      const reading = await this.#meter.read()
      this.#eventLoopDelayMs = reading.eventLoopDelayMs
      const { intervalSeconds, rejected } = await this.#transport.request('resources', {
        ...this.#identity,
        reading: { ...reading },
      })
      for (const { metric, reason } of rejected ?? [])
        warnOnce(`rejected ${metric}`, `The optimizer rejected a metric of this process: ${metric} ${reason}.`)
      nextMs = intervalSeconds * 1_000
    } catch {
      // The optimizer is away, or does not know this request.
    }
    if (!this.#isStopped) this.#timer = this.#schedule(nextMs)
  }
}
