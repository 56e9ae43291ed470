import os from 'node:os'
import type { SystemReading } from '../../model/readings.ts'
import type { Source } from '../source.ts'
import { CpuMeter } from './cpu.ts'
import { NetworkMeter } from './network.ts'
import { readStoragePercent } from './storage.ts'

const cpu = new CpuMeter()
const network = new NetworkMeter()

/** Source 3: this host and process (C4, B3). CPU and network are rates since the previous reading. */
export const systemSource: Source<SystemReading> = {
  name: 'system',
  async read({ now }) {
    const { heapUsed, heapTotal } = process.memoryUsage()
    const [networkBytesPerSecond, storage] = await Promise.all([network.read(), readStoragePercent(process.cwd())])
    return {
      at: now,
      cpuPercent: cpu.read(),
      memoryPercent: (1 - os.freemem() / os.totalmem()) * 100,
      heapPercent: (heapUsed / heapTotal) * 100,
      networkBytesPerSecond,
      storagePercent: storage,
      uptimeSeconds: process.uptime(),
      runtimeVersion: process.version,
      platform: process.platform,
    }
  },
}
