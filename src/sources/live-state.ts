import type { StateReading } from '../model/readings.ts'
import { latestStates } from '../store/states.ts'
import type { Source } from './source.ts'

/** Source 2: what agents and the strategic orchestrator last said of the agents' state (C3). */
export const liveState: Source<StateReading[]> = {
  name: 'live-state',
  read: ({ db, agentIds }) => latestStates(db, agentIds),
}
