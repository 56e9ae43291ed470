import type { SelfReportReading } from '../model/readings.ts'
import { latestSelfReports } from '../store/states.ts'
import type { Source } from './source.ts'

/** Source 5: what agents measure of themselves, if they do (C6). */
export const selfReport: Source<SelfReportReading[]> = {
  name: 'self-report',
  read: ({ db, agentIds }) => latestSelfReports(db, agentIds),
}
