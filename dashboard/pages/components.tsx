import { formatMetricValue } from '../../src/model/format.ts'
import type { ComponentView } from '../../src/reading/components.ts'
import { Age, Badge, Chips, Empty, Loaded, PageTitle, Table, type Tone } from '../components/basics.tsx'
import { useResource } from '../live.ts'
import { route, setFilter } from '../router.ts'

const tones: Record<NonNullable<ComponentView['status']>, Tone> = { healthy: 'good', degraded: 'warn', down: 'bad' }
const kinds: Record<ComponentView['kind'], string> = { host: 'host', process: 'process', other: 'measured by another program' }

const statuses = { '': 'Any status', down: 'Down', degraded: 'Degraded', healthy: 'Healthy' }
const kindFilters = { '': 'All', host: 'Hosts', process: 'Processes', other: 'Others' }

/** The latest measurements of everything that is not an agent. */
export function ComponentsPage() {
  const query = new URLSearchParams({ limit: '1000' })
  for (const name of ['search', 'kind', 'status']) {
    const value = route.value.query.get(name)
    if (value) query.set(name, value)
  }
  const isFiltered = query.size > 1
  const components = useResource<ComponentView[]>(`/components?${query}`, 5_000)
  return (
    <>
      <PageTitle title="Components" />
      <div class="filters">
        <input
          type="search"
          placeholder="Find a component"
          aria-label="Find a component"
          value={query.get('search') ?? ''}
          maxLength={200}
          onInput={(event) => setFilter({ search: event.currentTarget.value })}
        />
        <Chips
          label="Kind"
          options={Object.entries(kindFilters)}
          value={query.get('kind') ?? ''}
          onChoose={(kind) => setFilter({ kind })}
        />
        <Chips
          label="Status"
          options={Object.entries(statuses)}
          value={query.get('status') ?? ''}
          onChoose={(status) => setFilter({ status })}
        />
      </div>
      <Loaded resource={components}>
        {(list) =>
          list.length === 0 && isFiltered ? (
            <Empty title="No components match">Clear the search, or choose another filter.</Empty>
          ) : list.length === 0 ? (
            <Empty title="Nothing was measured within the last day">
              The worker measures its host and its processes; other programs report theirs over NATS or HTTP.
            </Empty>
          ) : (
            <Table label="Components" head={['Component', 'Kind', 'Status', 'Newest reading', 'Last measured']}>
              {list.map(({ component, kind, status, isStatusOld, metrics, seenAt }) => (
                <tr key={component}>
                  <td>{component}</td>
                  <td>{kinds[kind]}</td>
                  <td>
                    {status ? (
                      <Badge tone={isStatusOld ? 'calm' : tones[status]}>{isStatusOld ? `${status} (stale)` : status}</Badge>
                    ) : (
                      <span class="muted">–</span>
                    )}
                  </td>
                  <td>{metrics.map((metric) => `${metric.label} ${formatMetricValue(metric, metric.value)}`).join(' · ')}</td>
                  <td>
                    <Age time={seenAt} />
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
    </>
  )
}
