import type { AlertView } from '../../src/reading/alerts.ts'
import * as commands from '../commands.ts'
import { Age, Badge, Empty, Loaded, PageTitle, Severity } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo } from '../router.ts'
import { Anomalies } from './anomalies.tsx'

/** The open alerts, and the anomalies that go on. */
export function AlertsPage() {
  const alerts = useResource<AlertView[]>('/alerts?limit=1000', 4_000)
  return (
    <>
      <PageTitle title="Alerts" />
      <Loaded resource={alerts}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="No open alerts">
              Alerts appear when a metric is beyond its threshold, or when something needs a person's attention.
            </Empty>
          ) : (
            <ul class="cards">
              {list.map(
                ({ id, severity, component, message, raisedAt, trialId, acknowledgedAt, acknowledgedBy, acknowledgement }) => (
                  <li key={id} class="card wide">
                    <header>
                      <h2>{component}</h2>
                      <Severity severity={severity} />
                      {acknowledgedAt && (
                        <Badge>
                          acknowledged by {acknowledgedBy}
                          {acknowledgement && `: ${withLocalTimes(acknowledgement)}`}
                        </Badge>
                      )}
                    </header>
                    <p>{withLocalTimes(message)}</p>
                    <p class="muted">
                      raised <Age time={raisedAt} />
                      {trialId && (
                        <>
                          {' '}
                          · about <a href={linkTo('trials', trialId)}>{trialId}</a>
                        </>
                      )}
                    </p>
                    {!acknowledgedAt && (
                      <div class="buttons">
                        <CommandButton command={commands.acknowledge(id, component)}>Acknowledge…</CommandButton>
                      </div>
                    )}
                  </li>
                ),
              )}
            </ul>
          )
        }
      </Loaded>
      <Anomalies />
    </>
  )
}
