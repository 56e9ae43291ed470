/** One line of the benchmark's table. */
export interface Row {
  what: string
  medianMs: number
  /** What PostgreSQL itself needs for the same statements, where there are any. */
  rawSqlMs?: number
  /** Undefined where nothing was promised. */
  goalMs?: number
}

export interface Bench {
  name: string
  /** @param argv what follows the name on the command line; undefined where all benchmarks run */
  run(argv?: string[]): Promise<Row[]>
}

const warmUps = 20
const repetitions = 101

/** Median time of a synchronous piece of work, ms, after warming up. */
export function medianTime(work: () => unknown): number {
  for (let i = 0; i < warmUps; i++) work()
  const times = Array.from({ length: repetitions }, () => {
    const from = performance.now()
    work()
    return performance.now() - from
  })
  return median(times)
}

/** The same for work that waits for others. */
export async function medianTimeOf(work: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < warmUps; i++) await work()
  const times: number[] = []
  for (let i = 0; i < repetitions; i++) {
    const from = performance.now()
    await work()
    times.push(performance.now() - from)
  }
  return median(times)
}

export function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!
}
