import type { MetricValues } from '../model/metric-value.ts'

/** The CPU time and memory of executions. Concurrent executions share the CPU time of the process equally. */
export class ExecutionUsage {
  #cpu = process.cpuUsage()
  #running = 0
  /** CPU time of an execution that had run all the time, milliseconds. */
  #sharedMs = 0

  /** The begin of an execution, for `end`. */
  begin(): number {
    this.#advance()
    this.#running++
    return this.#sharedMs
  }

  end(begun: number): MetricValues {
    this.#advance()
    this.#running--
    return { cpuMs: this.#sharedMs - begun, memoryMb: process.memoryUsage.rss() / 2 ** 20 }
  }

  #advance(): void {
    const { user, system } = process.cpuUsage(this.#cpu)
    this.#cpu = process.cpuUsage()
    if (this.#running > 0) this.#sharedMs += (user + system) / 1_000 / this.#running
  }
}
