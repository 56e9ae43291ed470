import os from 'node:os'
import type { SystemReading } from '../../model/readings.ts'
import { countDiskBytes, countNetworkBytes } from './byte-counts.ts'
import { ByteRateMeter } from './byte-rate.ts'
import { CpuMeter } from './cpu.ts'
import { readStoragePercent } from './storage.ts'

export type HostReading = Pick<SystemReading, 'cpuPercent' | 'memoryPercent' | 'networkBytesPerSecond' | 'storagePercent'> & {
  /** Read from and written to disks. */
  ioBytesPerSecond: number | null
}

/** Measures this host. CPU, network and disks are rates since the previous reading of the same meter, so each reader needs a meter of its own. */
export class HostMeter {
  readonly #cpu = new CpuMeter()
  readonly #network = new ByteRateMeter(countNetworkBytes)
  readonly #disks = new ByteRateMeter(countDiskBytes)

  async read(): Promise<HostReading> {
    const [networkBytesPerSecond, ioBytesPerSecond, storagePercent] = await Promise.all([
      this.#network.read(),
      this.#disks.read(),
      readStoragePercent(process.cwd()),
    ])
    return {
      cpuPercent: this.#cpu.read(),
      memoryPercent: (1 - os.freemem() / os.totalmem()) * 100,
      networkBytesPerSecond,
      ioBytesPerSecond,
      storagePercent,
    }
  }
}

/** The metrics of this process itself. */
export function readProcessMetrics(): Pick<SystemReading, 'heapPercent' | 'uptimeSeconds' | 'runtimeVersion' | 'platform'> {
  const { heapUsed, heapTotal } = process.memoryUsage()
  return {
    heapPercent: (heapUsed / heapTotal) * 100,
    uptimeSeconds: process.uptime(),
    runtimeVersion: process.version,
    platform: process.platform,
  }
}
