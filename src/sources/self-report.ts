import type { SelfReportReading } from '../model/readings.ts'
import { listLatestSelfReports } from '../store/states.ts'
import type { Source } from './source.ts'

/** Source 5: what agents measure of themselves, if they do (C6). */
export const selfReportSource: Source<SelfReportReading[]> = {
  name: 'self-report',
  read: ({ db, agentIds }) => listLatestSelfReports(db, agentIds),
}
