import { rareReportLifetimeMs } from '../analysis/observing/freshness.ts'
import type { SelfReportReading } from '../model/readings.ts'
import { listLatestSelfReports } from '../store/states.ts'
import type { Source } from './source.ts'

/** Source 5: metrics that agents report about themselves, if any (C6). */
export const selfReportSource: Source<SelfReportReading[]> = {
  name: 'self-report',
  read: ({ db, now, agentIds }) => listLatestSelfReports(db, { now, maxAgeMs: rareReportLifetimeMs, agentIds }),
  combine: (parts) => parts.flat(),
}
