import type { PairReading } from '../model/readings.ts'
import { messageStatistics } from '../store/messages.ts'
import type { Source } from './source.ts'

/** Source 4: messages and negotiations between agents (C5). */
export const communication: Source<PairReading[]> = {
  name: 'communication',
  read: ({ db, agentIds }) => messageStatistics(db, agentIds),
}
