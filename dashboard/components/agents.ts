import type { FleetPage } from '../../src/reading/fleet-page.ts'
import { useResource } from '../live.ts'

/** The agents that match a text, and whether it is the id of one. */
export function useAgents(input: string): { ids: string[]; isKnown: boolean } {
  const text = input.trim()
  const { data } = useResource<FleetPage>(`/fleet?limit=20&search=${encodeURIComponent(text)}`, 30_000)
  const ids = data?.agents.map(({ agentId }) => agentId) ?? []
  return { ids, isKnown: ids.includes(text) }
}
