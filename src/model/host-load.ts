import { formatRatio } from './format.ts'

/** The load of a host, percent 0–100; null where nothing was measured. */
export interface HostLoad {
  host: string
  cpuPercent: number | null
  memoryPercent: number | null
}

/**
 * Which host uses more of its CPU or memory than the limit, as a clause; undefined if none does.
 * @param limitPercent above 100 there is nothing, so that 100 is not a limit
 */
export function describeHighLoad(hosts: readonly HostLoad[], limitPercent: number): string | undefined {
  const uses = hosts.flatMap(({ host, cpuPercent, memoryPercent }) => [
    { host, resource: 'CPU', percent: cpuPercent ?? 0 },
    { host, resource: 'memory', percent: memoryPercent ?? 0 },
  ])
  const worst = uses.toSorted((a, b) => b.percent - a.percent)[0]
  if (!worst || worst.percent <= limitPercent) return undefined
  return `${worst.host} uses ${formatRatio(worst.percent / 100)} of its ${worst.resource} (limit: ${formatRatio(limitPercent / 100)})`
}
