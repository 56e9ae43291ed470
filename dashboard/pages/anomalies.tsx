import type { AnomalyView } from '../../src/reading/anomalies.ts'
import type { AnomalyCoverage } from '../../src/reading/anomaly-coverage.ts'
import type { Json } from '../api.ts'
import * as commands from '../commands.ts'
import { Age, Badge, Loaded, Panel, Severity } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { CountermeasureList } from '../components/countermeasure-list.tsx'
import { toWords, withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'

/** The anomalies that go on: what and why, and what was done. */
export function Anomalies() {
  const anomalies = useResource<AnomalyView[]>('/anomalies?limit=1000', 6_000)
  const coverage = useResource<AnomalyCoverage>('/anomalies/coverage', 60_000)
  return (
    <Panel title="Anomalies">
      <Loaded resource={anomalies}>
        {(list) =>
          list.length === 0 ? (
            <p class="muted">There are no anomalies.</p>
          ) : (
            <ul class="cards">
              {list.map((anomaly) => (
                <Card key={anomaly.id} anomaly={anomaly} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Loaded resource={coverage}>{({ description }) => <p class="muted">{withLocalTimes(description)}</p>}</Loaded>
    </Panel>
  )
}

function Card({ anomaly: { id, component, isWorse, severity, type, explanation, since, done } }: { anomaly: Json<AnomalyView> }) {
  return (
    <li class="card wide">
      <header>
        <h3>{component}</h3>
        {isWorse ? <Severity severity={severity} /> : <Badge tone="good">for the better</Badge>}
        <span class="muted">{toWords(type)}</span>
      </header>
      <p>{withLocalTimes(explanation)}</p>
      {done && <CountermeasureList done={done} />}
      <p class="muted">
        began <Age time={since} />
      </p>
      <div class="buttons">
        <CommandButton command={commands.dismissAnomaly(id, component)}>Dismiss…</CommandButton>
      </div>
    </li>
  )
}
