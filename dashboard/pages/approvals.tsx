import { formatChange, formatChanges } from '../../src/model/format.ts'
import type { ApprovalView as Approval } from '../../src/reading/approvals.ts'
import type { Json } from '../api.ts'
import { IntervalBar } from '../charts/interval-bar.tsx'
import * as commands from '../commands.ts'
import { Age, Badge, Empty, Facts, Loaded, PageTitle } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { formatSignedInterval, toWords, withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo } from '../router.ts'

/** Changes that are waiting for a person. */
export function ApprovalsPage() {
  const approvals = useResource<Approval[]>('/approvals', 4_000)
  return (
    <>
      <PageTitle title="Approvals" />
      <Loaded resource={approvals}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="Nothing is waiting for approval">
              Requests to approve risky changes appear here. Which changes need approval depends on the risk that agents declare,
              and on what the optimizer has proven so far.
            </Empty>
          ) : (
            <ul class="cards">
              {list.map((approval) => (
                <Card key={approval.trialId} approval={approval} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  )
}

function Card({ approval: { trialId, agentId, strategy, metric, askedAt, until } }: { approval: Json<Approval> }) {
  const { actions, asks, expectedImprovement, expectedInterval, why, description, rollbackPlan, type } = strategy
  const changes = (
    <ul>
      {actions.map((action) => (
        <li key={action.knob}>{formatChange(action)}</li>
      ))}
    </ul>
  )
  return (
    <li class="card wide">
      <header>
        <h2>
          <a href={linkTo('agents', agentId)}>{agentId}</a>: {formatChanges(actions)}
        </h2>
        {asks && <Badge tone="warn">{asks.risk} risk</Badge>}
      </header>
      <p>{withLocalTimes(why ?? description)}</p>
      <Facts
        facts={[
          ['Because of', toWords(type)],
          [
            'Predicted effect',
            <>
              <IntervalBar metric={metric} improvement={expectedImprovement} interval={expectedInterval} />{' '}
              {formatSignedInterval(metric, expectedInterval)}, {metric.label}
            </>,
          ],
          ['If it fails', rollbackPlan],
          ['Requested', <Age key="asked" time={askedAt} />],
          ['Times out', <Age key="until" time={until} />],
        ]}
      />
      <div class="buttons">
        <CommandButton
          kind="primary"
          command={commands.decide(
            trialId,
            true,
            <>
              It is first tried on some instances of {agentId}, while the judge watches: {changes}
            </>,
          )}
        >
          Approve…
        </CommandButton>
        <CommandButton
          command={commands.decide(
            trialId,
            false,
            <>
              These settings of {agentId} then go into cooldown: {changes}
            </>,
          )}
        >
          Decline…
        </CommandButton>
      </div>
    </li>
  )
}
