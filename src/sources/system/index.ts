import type { SystemReading } from '../../model/readings.ts'
import { findNewestHost } from '../../store/components.ts'
import type { Source } from '../source.ts'
import { HostMeter, type HostReading, readProcessMetrics } from './host-meter.ts'

/** The monitoring's reading of the host counts for this long. */
const freshMs = 120_000

const ownMeter = new HostMeter()

/** Source 3: the host, as it was last monitored, and this process (C4, B3). Without a recent reading, the host is measured here. */
export const systemSource: Source<SystemReading> = {
  name: 'system',
  async read({ db, now }) {
    const monitored = await findNewestHost(db, new Date(now - freshMs))
    if (!monitored) {
      const { ioBytesPerSecond: _, ...host } = await ownMeter.read()
      return { at: now, ...host, ...readProcessMetrics() }
    }
    const known = (name: keyof HostReading) => monitored.metrics[name] ?? null
    return {
      at: monitored.seenAt.getTime(),
      cpuPercent: known('cpuPercent'),
      memoryPercent: known('memoryPercent'),
      networkBytesPerSecond: known('networkBytesPerSecond'),
      storagePercent: known('storagePercent'),
      ...readProcessMetrics(),
    }
  },
}
