import { type ExecutionInFlight, executionInFlightSchema, maxInFlight } from '../messaging/protocol.ts'

/** Younger ones usually finish before it is of use to know that they are running. */
const minMs = 1_000

interface Begun {
  id: string
  type: string
  version: number
}

/** The executions that have begun and are not reported yet. */
export class ExecutionsInFlight {
  /** With their start by `performance.now`, the oldest first. */
  readonly #running = new Map<string, { execution: Begun; startedAt: number }>()

  begin(execution: Begun, startedAt = performance.now()): void {
    this.#running.set(execution.id, { execution, startedAt })
  }

  end(id: string): void {
    this.#running.delete(id)
  }

  /**
   * Those that started under a version and have run for at least a second, the oldest first. Those that could not be reported either,
   * such as one without a usable type, are left out.
   * @param now by `performance.now`
   */
  list(version: number, now = performance.now()): ExecutionInFlight[] {
    const listed: ExecutionInFlight[] = []
    for (const { execution, startedAt } of this.#running.values()) {
      const runningMs = Math.round(now - startedAt)
      if (runningMs < minMs || listed.length === maxInFlight) break
      const entry = { ...execution, runningMs }
      if (execution.version === version && executionInFlightSchema.safeParse(entry).success) listed.push(entry)
    }
    return listed
  }
}
