import { useMemo, useState } from 'preact/hooks'
import type { Fleet } from '../../src/reading/fleet.ts'
import type { AgentDetails } from '../../src/reading/fleet-details.ts'
import type { Json } from '../api.ts'
import * as commands from '../commands.ts'
import { Empty, Loaded, PageTitle } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { plural } from '../format.ts'
import { useResource } from '../live.ts'
import { type FleetAgent, FleetRow } from './fleet-row.tsx'
import { useWindowedList } from './windowed-list.ts'

const filters = {
  all: ['All', () => true],
  trial: ['In trial', ({ trialId }: FleetAgent) => trialId !== null],
  bottleneck: ['Bottleneck', ({ severity }: FleetAgent) => severity !== null],
  worse: ['Getting worse', (agent: FleetAgent) => worsening(agent) > 5],
  waiting: ['Needs approval', ({ waiting }: FleetAgent) => waiting],
  silent: ['Not running', ({ live }: FleetAgent) => live === 0],
} as const
type Filter = keyof typeof filters

const ranks = { critical: 4, high: 3, medium: 2, low: 1 }
const rank = ({ severity, live, trialId }: FleetAgent) =>
  (severity ? 10 * ranks[severity] : 0) + (trialId ? 5 : 0) + (live === 0 ? 8 : 0)
const worsening = ({ trend, isHigherBetter }: FleetAgent) => (trend ?? 0) * (isHigherBetter ? -1 : 1)

const sorts = {
  attention: ['Needs attention first', (a: FleetAgent, b: FleetAgent) => rank(b) - rank(a)],
  value: [
    'Worst value first',
    (a: FleetAgent, b: FleetAgent) => {
      const badness = ({ value, isHigherBetter }: FleetAgent) => (value === null ? -Infinity : isHigherBetter ? -value : value)
      return a.metric.localeCompare(b.metric) || badness(b) - badness(a)
    },
  ],
  trend: ['Worsening most first', (a: FleetAgent, b: FleetAgent) => worsening(b) - worsening(a)],
  name: ['By name', (a: FleetAgent, b: FleetAgent) => a.agentId.localeCompare(b.agentId)],
} as const
type Sort = keyof typeof sorts

/** Every agent: its health, its metrics, and what is tried on it or why nothing is. */
export function FleetPage() {
  const fleet = useResource<Fleet>('/fleet', 4_000)
  return (
    <>
      <PageTitle title="Fleet">
        <CommandButton command={commands.startCycle()}>Start a cycle</CommandButton>
      </PageTitle>
      <Loaded resource={fleet}>
        {(data) =>
          data.agents.length === 0 ? (
            <Empty title="No agent is connected">
              Connect your own with the agent client, over HTTP, or by sending OpenTelemetry data; npm start without --no-fleet
              starts a fleet to practise on.
            </Empty>
          ) : (
            <FleetList fleet={data} />
          )
        }
      </Loaded>
    </>
  )
}

function FleetList({ fleet }: { fleet: Json<Fleet> }) {
  const [search, setSearch] = useState('')
  const [filter, setFilter] = useState<Filter>('all')
  const [sort, setSort] = useState<Sort>('attention')
  const agents = useMemo(() => {
    const metrics = new Map(fleet.metrics.map((metric) => [metric.name, metric]))
    return fleet.agents.map((agent): FleetAgent => {
      const shown = metrics.get(agent.metric)
      return { ...agent, shown, isHigherBetter: shown?.direction === 'higher' }
    })
  }, [fleet])
  const wanted = search.trim().toLowerCase()
  const listed = useMemo(
    () =>
      agents
        .filter(filters[filter][1])
        .filter(({ agentId, kind }) => agentId.toLowerCase().includes(wanted) || kind.toLowerCase().includes(wanted))
        .sort((a, b) => sorts[sort][1](a, b) || a.agentId.localeCompare(b.agentId)),
    [agents, filter, sort, wanted],
  )
  const { container, from, to, before, after } = useWindowedList(listed.length)
  const shown = listed.slice(from, to)
  const ids = shown.map(({ agentId }) => agentId).join(',')
  const details = useResource<AgentDetails[]>(ids ? `/fleet/details?agents=${encodeURIComponent(ids)}` : null, 5_000)
  const known = useDetails(details.data)
  return (
    <>
      <div class="filters">
        <input
          type="search"
          placeholder="Find an agent or a kind"
          aria-label="Find an agent or a kind"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <fieldset class="chips" aria-label="Filter">
          {(Object.keys(filters) as Filter[]).map((name) => (
            <button key={name} type="button" aria-pressed={filter === name} onClick={() => setFilter(name)}>
              {filters[name][0]} <span class="muted">{agents.filter(filters[name][1]).length.toLocaleString('en')}</span>
            </button>
          ))}
        </fieldset>
        <label class="inline">
          <span class="visually-hidden">Order</span>
          <select value={sort} onChange={(event) => setSort(event.currentTarget.value as Sort)}>
            {(Object.keys(sorts) as Sort[]).map((name) => (
              <option key={name} value={name}>
                {sorts[name][0]}
              </option>
            ))}
          </select>
        </label>
      </div>
      {listed.length === 0 ? (
        <Empty title="No agent matches">Clear the search, or choose another filter.</Empty>
      ) : (
        <table class="fleet" aria-rowcount={listed.length + 1} aria-label={plural(listed.length, 'agent')}>
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <th scope="col">Optimized for</th>
              <th scope="col" class="wide">
                12 hours
              </th>
              <th scope="col" class="wide">
                Its other metrics
              </th>
              <th scope="col">Now</th>
            </tr>
          </thead>
          <tbody ref={container}>
            {before > 0 && <tr class="spacer" style={{ height: `${before}px` }} />}
            {shown.map((agent, index) => (
              <FleetRow key={agent.agentId} agent={agent} details={known.get(agent.agentId)} index={from + index + 2} />
            ))}
            {after > 0 && <tr class="spacer" style={{ height: `${after}px` }} />}
          </tbody>
        </table>
      )}
    </>
  )
}

const remembered = new Map<string, Json<AgentDetails>>()
const mostRemembered = 500

/** The details that were read, so that rows that come back into view are complete at once. */
function useDetails(read: Json<AgentDetails[]> | undefined): ReadonlyMap<string, Json<AgentDetails>> {
  for (const details of read ?? []) {
    remembered.delete(details.agentId)
    remembered.set(details.agentId, details)
  }
  while (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value!)
  return remembered
}
