import type { StateReading } from '../model/readings.ts'
import { listLatestStates } from '../store/states.ts'
import type { Source } from './source.ts'

/** Source 2: the latest states that agents and the strategic orchestrator reported (C3). */
export const liveStateSource: Source<StateReading[]> = {
  name: 'live-state',
  read: ({ db, agentIds }) => listLatestStates(db, agentIds),
  combine: (parts) => parts.flat(),
}
