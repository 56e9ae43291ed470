import { formatMetricValue } from '../../src/model/format.ts'
import type { ComponentView } from '../../src/reading/components.ts'
import { Age, Badge, Empty, Loaded, PageTitle, Table, type Tone } from '../components/basics.tsx'
import { useResource } from '../live.ts'

const tones: Record<NonNullable<ComponentView['status']>, Tone> = { healthy: 'good', degraded: 'warn', down: 'bad' }
const kinds: Record<ComponentView['kind'], string> = { host: 'host', process: 'process', other: 'measured by another program' }

/** What the monitoring knows about everything that is not an agent. */
export function ComponentsPage() {
  const components = useResource<ComponentView[]>('/components?limit=1000', 5_000)
  return (
    <>
      <PageTitle title="Components" />
      <Loaded resource={components}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="Nothing was measured within the last day">
              The worker measures its host and its processes; other programs report theirs over NATS or HTTP.
            </Empty>
          ) : (
            <Table label="Components" head={['Component', 'Kind', 'Status', 'Newest reading', 'Measured']}>
              {list.map(({ component, kind, status, metrics, seenAt }) => (
                <tr key={component}>
                  <td>{component}</td>
                  <td>{kinds[kind]}</td>
                  <td>{status ? <Badge tone={tones[status]}>{status}</Badge> : <span class="muted">–</span>}</td>
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
