import { formatImpact } from '../../src/model/format.ts'
import type { RecordedBottleneck } from '../../src/reading/bottlenecks.ts'
import type { Json } from '../api.ts'
import { useAgents } from '../components/agents.ts'
import { Age, Chips, Empty, Loaded, PageTitle, Severity } from '../components/basics.tsx'
import { CountermeasureList } from '../components/countermeasure-list.tsx'
import { getPagePosition, Pagination } from '../components/pagination.tsx'
import { getSpanStart, spanOptions } from '../components/spans.ts'
import { SuggestingInput } from '../components/suggesting-input.tsx'
import { toWords, withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo, route, setFilter } from '../router.ts'

const perPage = 50
const severities: [value: string, title: string][] = [
  ['', 'All'],
  ['critical', 'Critical'],
  ['high', 'High'],
  ['medium', 'Medium'],
  ['low', 'Low'],
]

/** The history of bottlenecks: when a cycle found each, and what was done about it. */
export function BottlenecksPage() {
  const { query } = route.value
  const filterOf = (name: string) => query.get(name) ?? ''
  // The first page is another one once the filter changes.
  const choose = (part: Record<string, string>) => setFilter({ ...part, after: '' })
  const bottlenecks = useResource<RecordedBottleneck[]>(`/bottlenecks?${buildQuery()}`, 8_000)
  const { ids } = useAgents(filterOf('component'))
  return (
    <>
      <PageTitle title="Bottlenecks" />
      <div class="filters">
        <SuggestingInput
          label="Where"
          value={filterOf('component')}
          placeholder="everywhere"
          options={ids}
          onInput={(component) => choose({ component })}
        />
        <Chips label="Severity" options={severities} value={filterOf('severity')} onChoose={(severity) => choose({ severity })} />
        <Chips label="Time" options={spanOptions} value={filterOf('since')} onChoose={(since) => choose({ since })} />
      </div>
      <Loaded resource={bottlenecks}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={query.size > 0 ? 'No bottlenecks match' : 'No cycle has found a bottleneck yet'} />
          ) : (
            <ul class="cards" aria-label="Bottlenecks">
              {list.map((bottleneck) => (
                <Card key={bottleneck.id} bottleneck={bottleneck} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Pagination last={bottlenecks.data?.length === perPage ? bottlenecks.data.at(-1)!.id : undefined} />
    </>
  )
}

function Card({ bottleneck }: { bottleneck: Json<RecordedBottleneck> }) {
  const { cycleId, detectedAt, type, severity, affectedComponent, agentId, description, done } = bottleneck
  return (
    <li class="card wide">
      <header>
        <h2>{agentId === null ? affectedComponent : <a href={linkTo('agents', agentId)}>{agentId}</a>}</h2>
        <Severity severity={severity} />
        <span class="muted">{toWords(type)}</span>
      </header>
      <p>
        {withLocalTimes(description)}
        <span class="muted"> · impact {formatImpact(bottleneck)}</span>
      </p>
      <CountermeasureList done={done} />
      <p class="muted">
        found <Age time={detectedAt} /> by <a href={linkTo('cycles', cycleId)}>a cycle</a>
      </p>
    </li>
  )
}

function buildQuery(): URLSearchParams {
  const { query } = route.value
  const wanted = new URLSearchParams({ limit: String(perPage) })
  const component = query.get('component')?.trim()
  const severity = severities.find(([value]) => value === query.get('severity'))?.[0]
  const since = getSpanStart(query.get('since') ?? '')
  const after = getPagePosition()
  for (const [name, value] of Object.entries({ component, severity, since, after })) if (value) wanted.set(name, value)
  return wanted
}
