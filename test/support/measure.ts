/** Measures agents from outside, the way a user of theirs would. */
export interface Measured {
  /** Median time of an answer, ms. */
  p50: number
  /** Share of units of work that succeeded, 0–1. */
  successRate: number
  count: number
}

/**
 * Asks for `count` units of work, `concurrency` at a time, spread evenly over the instances.
 * @throws Error when an instance does not answer 200
 */
export async function measureWork(urls: readonly string[], count: number, concurrency: number): Promise<Measured> {
  const durations: number[] = []
  let successes = 0
  let next = 0
  const client = async () => {
    while (next < count) {
      const url = urls[next++ % urls.length]
      const began = performance.now()
      // A connection that was kept may be closed just when it is used again.
      const ask = () => fetch(`${url}/work`, { method: 'POST' })
      const response = await ask().catch(ask)
      if (!response.ok) throw new Error(`${url}/work answered ${response.status}`)
      const { success } = (await response.json()) as { success: boolean }
      durations.push(performance.now() - began)
      if (success) successes++
    }
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  durations.sort((a, b) => a - b)
  return { p50: durations[Math.floor(durations.length / 2)] ?? 0, successRate: successes / count, count }
}
