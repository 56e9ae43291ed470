import type { AlertView } from '../../src/reading/alerts.ts'
import * as commands from '../commands.ts'
import { Age, Badge, Chips, Empty, Loaded, PageTitle, Severity } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { getPagePosition, Pagination } from '../components/pagination.tsx'
import { withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo, route, setFilter } from '../router.ts'
import { Anomalies } from './anomalies.tsx'

const perPage = 100

/** The open alerts or all of them, and the anomalies that go on. */
export function AlertsPage() {
  const which = route.value.query.get('which') === 'all' ? 'all' : ''
  const after = getPagePosition()
  const query = which === '' ? 'limit=1000' : `all=true&limit=${perPage}${after && `&after=${encodeURIComponent(after)}`}`
  const alerts = useResource<AlertView[]>(`/alerts?${query}`, 4_000)
  return (
    <>
      <PageTitle title="Alerts">
        <Chips
          label="Which"
          options={[
            ['', 'Open'],
            ['all', 'All'],
          ]}
          value={which}
          onChoose={(chosen) => setFilter({ which: chosen, after: '' })}
        />
      </PageTitle>
      <Loaded resource={alerts}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={which === '' ? 'No open alerts' : 'There are no older alerts'}>
              Alerts appear when a metric crosses its threshold, or when something needs a person's attention.
            </Empty>
          ) : (
            <ul class="cards">
              {list.map(
                ({
                  id,
                  severity,
                  component,
                  message,
                  raisedAt,
                  resolvedAt,
                  trialId,
                  acknowledgedAt,
                  acknowledgedBy,
                  acknowledgement,
                }) => (
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
                      {resolvedAt && (
                        <>
                          , ended <Age time={resolvedAt} />
                        </>
                      )}
                      {trialId && (
                        <>
                          {' '}
                          · about <a href={linkTo('trials', trialId)}>{trialId}</a>
                        </>
                      )}
                    </p>
                    {!acknowledgedAt && !resolvedAt && (
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
      <Pagination last={which === 'all' && alerts.data?.length === perPage ? alerts.data.at(-1)!.id : undefined} />
      <Anomalies />
    </>
  )
}
