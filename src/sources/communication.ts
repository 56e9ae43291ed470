import type { PairReading } from '../model/readings.ts'
import { loadMessageStatistics } from '../store/messages.ts'
import type { Source } from './source.ts'

/** Source 4: messages and negotiations between agents (C5). */
export const communicationSource: Source<PairReading[]> = {
  name: 'communication',
  read: ({ db, agentIds }) => loadMessageStatistics(db, agentIds),
  combine: (parts) => parts.flat(),
}
