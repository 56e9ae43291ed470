import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseTotalBytes } from './network-traffic.ts'

/** The resources that the container of this process (cgroup v2) used; a figure is missing where the system does not report it. */
export interface ContainerReading {
  /** Memory that cannot be freed at once, as a share of the limit, percent. The kernel ends the container above it. */
  memoryPercent?: number
  /** The limit of its memory. */
  memoryLimitMb?: number
  /** Cores that its CPU limit allows. */
  cpuCores?: number
  /** Share of the periods of the CPU limit in which it was reached, so that the container had to wait, percent. */
  cpuThrottledPercent?: number
  /** Received and sent in the network of the container, except over loopback. */
  networkBytesPerSecond?: number
}

interface Counters {
  at: number
  periods?: number
  throttled?: number
  networkBytes?: number
}

/** Measures the container of this process between one reading and the next, from files of Linux; nothing outside of containers. */
export class ContainerMeter {
  readonly #root: string
  #place: Promise<Place | undefined> | undefined
  #before: Counters = { at: performance.now() }

  /** @param root where `proc` and `sys` are */
  constructor(root = '/') {
    this.#root = root
  }

  async read(): Promise<ContainerReading> {
    this.#place ??= findPlace(this.#root)
    const place = await this.#place
    if (!place) return {}
    const inFolder = (name: string) => readText(join(place.folder, name))
    const [limit, current, memory, cpuLimit, cpu, network] = await Promise.all([
      inFolder('memory.max'),
      inFolder('memory.current'),
      inFolder('memory.stat'),
      inFolder('cpu.max'),
      inFolder('cpu.stat'),
      place.hasOwnNetwork ? readText(join(this.#root, 'proc/net/dev')) : undefined,
    ])
    const before = this.#before
    const now: Counters = {
      at: performance.now(),
      periods: findCount(cpu, 'nr_periods'),
      throttled: findCount(cpu, 'nr_throttled'),
      networkBytes: network === undefined ? undefined : parseTotalBytes(network),
    }
    this.#before = now
    const used = Number(current) - (findCount(memory, 'inactive_file') ?? 0)
    // The kernel counts 0 periods where there is no limit.
    const hasCpuLimit = cpuLimit !== undefined && !cpuLimit.startsWith('max')
    const periods = since(before.periods, now.periods)
    const throttled = since(before.throttled, now.throttled)
    const traffic = since(before.networkBytes, now.networkBytes)
    return {
      // Without a limit, the file says `max`.
      ...(current !== undefined &&
        Number(limit) > 0 && {
          memoryPercent: (Math.max(0, used) / Number(limit)) * 100,
          memoryLimitMb: Number(limit) / 2 ** 20,
        }),
      ...(hasCpuLimit && { cpuCores: readCores(cpuLimit) }),
      ...(hasCpuLimit &&
        periods !== undefined &&
        throttled !== undefined && {
          cpuThrottledPercent: Math.min(1, throttled / Math.max(1, periods)) * 100,
        }),
      ...(traffic !== undefined && { networkBytesPerSecond: traffic / (Math.max(1, now.at - before.at) / 1_000) }),
    }
  }
}

/** The file has the time of all cores within a period, and the period. */
function readCores(cpuLimit: string): number {
  const [quota = Number.NaN, period = Number.NaN] = cpuLimit.split(' ').map(Number)
  return quota / period
}

interface Place {
  /** The folder of the cgroup. */
  folder: string
  hasOwnNetwork: boolean
}

/**
 * A container sees its own cgroup as the root, and usually has a network of its own; a service of the host sees its path. The root of a host
 * has no limits.
 */
async function findPlace(root: string): Promise<Place | undefined> {
  const path = /^0::(\/.*)$/m.exec((await readText(join(root, 'proc/self/cgroup'))) ?? '')?.[1]
  if (path === undefined) return undefined
  const top = join(root, 'sys/fs/cgroup')
  for (const folder of new Set([join(top, path), top]))
    if (await exists(join(folder, 'memory.max'))) return { folder, hasOwnNetwork: path === '/' }
  return undefined
}

/** The increase of a counter; counters restart with a new container. */
const since = (before: number | undefined, now: number | undefined) =>
  before === undefined || now === undefined ? undefined : Math.max(0, now - before)

/** A figure of a file with lines such as `nr_periods 12`. */
function findCount(text: string | undefined, name: string): number | undefined {
  const found = text && new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]
  return found === undefined || found === '' ? undefined : Number(found)
}

const readText = (file: string) => readFile(file, 'utf8').catch(() => undefined)
const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )
