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
   * Those that have run for at least a second, the oldest first. If there are too many, those that started under the version in force go
   * before those of earlier ones. Those that could not be reported either, such as one without a usable type, are left out.
   * @param version in force
   * @param now by `performance.now`
   */
  list(version: number, now = performance.now()): ExecutionInFlight[] {
    const listed: ExecutionInFlight[] = []
    for (const { execution, startedAt } of this.#running.values()) {
      const entry = { ...execution, runningMs: Math.round(now - startedAt) }
      if (entry.runningMs < minMs) break
      if (executionInFlightSchema.safeParse(entry).success) listed.push(entry)
    }
    const { present = [], earlier = [] } = Object.groupBy(listed, (entry) => (entry.version === version ? 'present' : 'earlier'))
    return [...present, ...earlier].slice(0, maxInFlight).sort((a, b) => b.runningMs - a.runningMs)
  }
}
