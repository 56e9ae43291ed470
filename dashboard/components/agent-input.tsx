import type { FleetPage } from '../../src/reading/fleet-page.ts'
import { useResource } from '../live.ts'

/** The agents that match a text, and whether it is the id of one. */
export function useAgents(text: string): { ids: string[]; isKnown: boolean } {
  const { data } = useResource<FleetPage>(`/fleet?limit=20&search=${encodeURIComponent(text)}`, 30_000)
  const ids = data?.agents.map(({ agentId }) => agentId) ?? []
  return { ids, isKnown: ids.includes(text) }
}

/** A field for the id of an agent, which offers those that match. */
export const AgentInput = ({
  label,
  value,
  placeholder,
  ids,
  onInput,
}: {
  label: string
  value: string
  placeholder: string
  ids: readonly string[]
  onInput: (value: string) => void
}) => (
  <label class="inline">
    {label}{' '}
    <input list="agents" value={value} placeholder={placeholder} onInput={(event) => onInput(event.currentTarget.value.trim())} />
    <datalist id="agents">
      {ids.map((id) => (
        <option key={id} value={id} />
      ))}
    </datalist>
  </label>
)
