import os from 'node:os'

/** Two readings closer together than this reflect the clock's granularity more than the load. */
const shortestWindowMs = 1_000

interface Times {
  busy: number
  total: number
}

/** CPU usage of all cores since the previous reading; the first reading covers the time since the host started. */
export class CpuMeter {
  #before: Times = { busy: 0, total: 0 }
  #readAt = Number.NEGATIVE_INFINITY
  #percent: number | null = null

  /** Percent 0–100; null if the platform does not count CPU time. */
  read(): number | null {
    if (performance.now() - this.#readAt < shortestWindowMs) return this.#percent
    const times = cpuTimes()
    const total = times.total - this.#before.total
    this.#percent = total > 0 ? ((times.busy - this.#before.busy) / total) * 100 : null
    this.#before = times
    this.#readAt = performance.now()
    return this.#percent
  }
}

function cpuTimes(): Times {
  const cores = os.cpus().map(({ times }) => times)
  const total = cores.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  const idle = cores.reduce((sum, times) => sum + times.idle, 0)
  return { busy: total - idle, total }
}
