import type { StandingResult } from '../../src/model/result.ts'
import type { Json } from '../api.ts'
import { IntervalBar } from '../charts/interval-bar.tsx'
import * as commands from '../commands.ts'
import { Age, Badge, Empty, Loaded, PageTitle, Panel, Table, Verdict } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { formatChange, formatImprovement } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo } from '../router.ts'
import { useSummary } from '../summary.ts'

/** The trials that are running, and the newest that have ended. */
export function TrialsPage() {
  const summary = useSummary()
  const results = useResource<StandingResult[]>('/results?limit=100', 5_000)
  return (
    <>
      <PageTitle title="Trials" />
      <Panel title="Running now">
        <Loaded resource={summary}>
          {({ trials }) =>
            trials.length === 0 ? (
              <Empty title="No trial is running">The next cycle starts those that are worth trying.</Empty>
            ) : (
              <ul class="cards">
                {trials.map(({ id, agentId, changes, state, startedAt, judgement }) => (
                  <li key={id} class="card">
                    <a href={linkTo('trials', id)}>{agentId}</a> <Badge tone="info">{state}</Badge>
                    <p>{changes}</p>
                    <small class="muted">
                      started <Age time={startedAt} />
                      {judgement &&
                        ` · ${Math.min(judgement.samples.control || Infinity, judgement.samples.candidate)} samples · `}
                      {judgement?.improvement != null &&
                        `${judgement.improvement > 0 ? '+' : '−'}${Math.abs(judgement.improvement).toFixed(1)} so far`}
                    </small>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
      <Panel title="Ended">
        <Loaded resource={results}>
          {(list) =>
            list.length === 0 ? (
              <Empty title="No trial has ended yet" />
            ) : (
              <Table label="Trials that ended" head={['Agent', 'Change', 'Effect on its target', '', 'Outcome', 'Ended', '']}>
                {list.map((result) => (
                  <ResultRow key={result.strategy.id} result={result} />
                ))}
              </Table>
            )
          }
        </Loaded>
      </Panel>
    </>
  )
}

export function ResultRow({ result }: { result: Json<StandingResult> }) {
  const { strategy, actualImprovement, interval, verdict, standing, success, keptBy, timestamp, effects } = result
  const target = effects?.[0] ?? { kind: 'continuous' as const }
  return (
    <tr>
      <td>
        <a href={linkTo('agents', strategy.agentId)}>{strategy.agentId}</a>
      </td>
      <td>
        <a href={linkTo('trials', strategy.id)}>{strategy.actions.map(formatChange).join(', ')}</a>
      </td>
      <td class="number">{formatImprovement(target, actualImprovement)}</td>
      <td>
        <IntervalBar metric={target} improvement={actualImprovement} interval={interval} />
      </td>
      <td>
        <Verdict verdict={verdict} />
        {(success || keptBy) && standing !== 'in-force' && <small class="muted"> {standing}</small>}
      </td>
      <td>
        <Age time={timestamp} />
      </td>
      <td>{(success || keptBy) && standing === 'in-force' && <UndoTrial strategy={strategy} />}</td>
    </tr>
  )
}

/** What will be put back, exactly. */
export const PutBack = ({
  strategy: { agentId, actions },
}: {
  strategy: Pick<Json<StandingResult>['strategy'], 'agentId' | 'actions'>
}) => (
  <>
    <p>On every instance of {agentId}, these settings are put back, unless somebody has changed them since:</p>
    <ul>
      {actions.map(({ knob, from, to }) => (
        <li key={knob}>{formatChange({ knob, from: to, to: from })}</li>
      ))}
    </ul>
  </>
)

const UndoTrial = ({ strategy }: { strategy: Json<StandingResult>['strategy'] }) => (
  <CommandButton kind="quiet" command={commands.rollBack(strategy.id, <PutBack strategy={strategy} />, true)}>
    Undo<span class="visually-hidden"> {strategy.actions.map(formatChange).join(', ')}</span>…
  </CommandButton>
)
