import type { StateReading } from '../model/readings.ts'
import { listLatestStates } from '../store/states.ts'
import type { Source } from './source.ts'

/** Source 2: what agents and the strategic orchestrator last said of the agents' state (C3). */
export const liveStateSource: Source<StateReading[]> = {
  name: 'live-state',
  read: ({ db, agentIds }) => listLatestStates(db, agentIds),
}
