import { useEffect, useRef, useState } from 'preact/hooks'
import { pluralize } from '../../src/model/format.ts'
import type { Savings } from '../../src/model/saving.ts'
import type { FleetAgentDetails } from '../../src/reading/fleet-details.ts'
import type { FleetQuery, FleetPage as Page } from '../../src/reading/fleet-page.ts'
import type { Json } from '../api.ts'
import * as commands from '../commands.ts'
import { Empty, Loaded, PageTitle } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { type Resource, useResource } from '../live.ts'
import { route, setFilter } from '../router.ts'
import { FleetRow } from './fleet-row.tsx'
import { useWindowedList } from './windowed-list.ts'

const filters: Record<FleetQuery['filter'], string> = {
  all: 'All',
  trial: 'In trial',
  bottleneck: 'Bottleneck',
  worse: 'Getting worse',
  waiting: 'Needs approval',
  silent: 'Not running',
}
const sorts: Record<FleetQuery['sort'], string> = {
  attention: 'Needs attention first',
  slowest: 'Slowest first',
  value: 'Worst value first',
  trend: 'Worst trend first',
  name: 'By name',
}

/** The current view, in the address, so that it can be shared. */
function readView(): Pick<FleetQuery, 'search' | 'filter' | 'sort'> & { metric: string } {
  const { query } = route.value
  const choose = <Name extends string>(name: string, among: Record<Name, string>, usual: Name): Name => {
    const value = query.get(name)
    return value !== null && Object.hasOwn(among, value) ? (value as Name) : usual
  }
  return {
    search: query.get('search') ?? '',
    filter: choose('filter', filters, 'all'),
    sort: choose('sort', sorts, 'attention'),
    metric: query.get('metric') ?? '',
  }
}

/** Every agent: its health, its metrics, and what is being tried on it, or why nothing is. */
export function FleetPage() {
  const { search, filter, sort, metric } = readView()
  const [total, setTotal] = useState(0)
  const list = useWindowedList(total)
  const { resource, offset } = useFleet({ search, filter, sort, metric, from: list.from, to: list.to })
  const savings = useResource<Savings & { sentences: string[] }>('/savings', 60_000)
  const matching = resource.data?.total ?? 0
  useEffect(() => setTotal(matching), [matching])
  // A link may name a metric that is no longer known.
  const isRefused = metric !== '' && resource.error?.status === 400
  useEffect(() => {
    if (isRefused) setFilter({ metric: '' })
  }, [isRefused])
  return (
    <>
      <PageTitle title="Fleet">
        <CommandButton command={commands.startCycle()}>Start a cycle</CommandButton>
      </PageTitle>
      {savings.data?.sentences.map((sentence) => (
        <p key={sentence} class="muted savings">
          {sentence}
        </p>
      ))}
      <Loaded resource={resource}>
        {(page) =>
          page.counts.all === 0 ? (
            <Empty title="No agents connected">
              Connect your own with the agent client, over HTTP, or by sending OpenTelemetry data; npm start without --no-fleet
              starts a fleet to experiment with.
            </Empty>
          ) : (
            <>
              <div class="filters">
                <input
                  type="search"
                  placeholder="Find an agent or a kind"
                  aria-label="Find an agent or a kind"
                  value={search}
                  maxLength={200}
                  onInput={(event) => setFilter({ search: event.currentTarget.value })}
                />
                <fieldset class="chips" aria-label="Filter">
                  {(Object.keys(filters) as FleetQuery['filter'][]).map((name) => (
                    <button key={name} type="button" aria-pressed={filter === name} onClick={() => setFilter({ filter: name })}>
                      {filters[name]} <span class="muted">{page.counts[name].toLocaleString('en')}</span>
                    </button>
                  ))}
                </fieldset>
                <div class="order">
                  <label class="inline">
                    <span class="visually-hidden">Order</span>
                    <select value={sort} onChange={(event) => setFilter({ sort: event.currentTarget.value })}>
                      {Object.entries(sorts).map(([name, words]) => (
                        <option key={name} value={name}>
                          {words}
                        </option>
                      ))}
                    </select>
                  </label>
                  <label class="inline">
                    <span class="visually-hidden">Metric shown</span>
                    <select value={metric} onChange={(event) => setFilter({ metric: event.currentTarget.value, sort: 'value' })}>
                      <option value="">What each agent is optimized for</option>
                      {page.choices.map(({ name, label }) => (
                        <option key={name} value={name}>
                          {label}
                        </option>
                      ))}
                    </select>
                  </label>
                </div>
              </div>
              {page.total === 0 ? (
                <Empty title="No agents match">Clear the search, or choose another filter.</Empty>
              ) : (
                <FleetTable
                  page={page}
                  offset={offset}
                  list={list}
                  sort={sort}
                  onSort={(sort) => setFilter({ sort })}
                  metric={metric}
                />
              )}
            </>
          )
        }
      </Loaded>
    </>
  )
}

function FleetTable({
  page,
  offset,
  list,
  sort,
  onSort,
  metric,
}: {
  page: Json<Page>
  offset: number
  list: ReturnType<typeof useWindowedList>
  sort: FleetQuery['sort']
  onSort: (sort: FleetQuery['sort']) => void
  /** The one that is asked for; empty for what each agent is optimized for. */
  metric: string
}) {
  const first = Math.max(list.from, offset)
  const shown = page.agents.slice(first - offset, Math.max(0, list.to - offset))
  const ids = shown.map(({ agentId }) => agentId).join(',')
  const details = useResource<FleetAgentDetails[]>(ids ? `/fleet/details?agents=${encodeURIComponent(ids)}` : null, 5_000)
  const known = useDetails(details.data)
  const metrics = new Map(page.metrics.map((metric) => [metric.name, metric]))
  const [before, after] = [list.heightOf(first), list.heightOf(page.total - first - shown.length)]
  return (
    <table class="fleet" aria-rowcount={page.total + 1} aria-label={pluralize(page.total, 'agent')}>
      <thead>
        <tr>
          <th scope="col" aria-sort={sort === 'name' ? 'ascending' : undefined}>
            <button type="button" class="quiet" onClick={() => onSort('name')} title={sorts.name}>
              Agent <span aria-hidden="true">{sort === 'name' ? '▾' : '↕'}</span>
            </button>
          </th>
          <th scope="col" aria-sort={sort === 'value' ? 'descending' : undefined}>
            <button type="button" class="quiet" onClick={() => onSort('value')} title={sorts.value}>
              {page.choices.find(({ name }) => name === metric)?.label ?? 'Optimized for'}{' '}
              <span aria-hidden="true">{sort === 'value' ? '▾' : '↕'}</span>
            </button>
          </th>
          <th scope="col" class="wide">
            12 hours
          </th>
          <th scope="col" class="wide">
            Other metrics
          </th>
          <th scope="col">Now</th>
        </tr>
      </thead>
      <tbody ref={list.container}>
        {before > 0 && <tr class="spacer" style={{ height: `${before}px` }} />}
        {shown.map((agent, index) => (
          <FleetRow
            key={agent.agentId}
            agent={{ ...agent, shown: metrics.get(agent.metric) }}
            details={known.get(agent.agentId)}
            index={first + index + 2}
          />
        ))}
        {after > 0 && <tr class="spacer" style={{ height: `${after}px` }} />}
      </tbody>
    </table>
  )
}

/** Rows are read in blocks, so that scrolling within one asks for nothing. */
const block = 50

/** The rows from `from` to `to`. While they are read, the last answer stays; `offset` says where it begins. */
function useFleet({
  search,
  filter,
  sort,
  metric,
  from,
  to,
}: Pick<FleetQuery, 'search' | 'filter' | 'sort'> & { metric: string; from: number; to: number }): {
  resource: Resource<Page>
  offset: number
} {
  const offset = Math.floor(from / block) * block
  const limit = Math.max(block, Math.ceil(to / block) * block - offset)
  const query = new URLSearchParams({ sort, filter, search: search.trim(), offset: String(offset), limit: String(limit) })
  if (metric !== '') query.set('metric', metric)
  const resource = useResource<Page>(`/fleet?${query}`, 4_000)
  const last = useRef<{ data: Json<Page>; offset: number } | undefined>(undefined)
  if (resource.data) last.current = { data: resource.data, offset }
  return { resource: { ...resource, data: last.current?.data }, offset: last.current?.offset ?? 0 }
}

const remembered = new Map<string, Json<FleetAgentDetails>>()
const maxRemembered = 500

/** The details that were read, so that rows that come back into view are complete at once. */
function useDetails(read: Json<FleetAgentDetails[]> | undefined): ReadonlyMap<string, Json<FleetAgentDetails>> {
  for (const details of read ?? []) {
    remembered.delete(details.agentId)
    remembered.set(details.agentId, details)
  }
  while (remembered.size > maxRemembered) remembered.delete(remembered.keys().next().value!)
  return remembered
}
