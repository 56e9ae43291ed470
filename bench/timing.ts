/** One line of the benchmark's table. */
export interface Row {
  what: string
  medianMs: number
  /** The time of PostgreSQL itself for the same statements, if there are any. */
  rawSqlMs?: number
  /** Undefined if there is no goal. */
  goalMs?: number
}

export interface Bench {
  name: string
  /** @param argv the arguments after the name on the command line; undefined if all benchmarks run */
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

/** The same for asynchronous work. */
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
