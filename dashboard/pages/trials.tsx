import { signal } from '@preact/signals'
import { formatChanges, formatImprovement, formatSignedImprovement } from '../../src/model/format.ts'
import type { StandingResult } from '../../src/model/result.ts'
import type { Json } from '../api.ts'
import { IntervalBar } from '../charts/interval-bar.tsx'
import * as commands from '../commands.ts'
import { useAgents } from '../components/agents.ts'
import { Age, Badge, Chips, Empty, Loaded, PageTitle, Panel, Table, Verdict } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { SuggestingInput } from '../components/suggesting-input.tsx'
import { toMetric } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo } from '../router.ts'
import { useSummary } from '../summary.ts'

const verdicts: Record<string, string> = { '': 'All', keep: 'Kept', 'roll-back': 'Rolled back', undecided: 'Not proven' }
const spans: Record<string, number | null> = { 'Any time': null, 'Last day': 1, 'Last week': 7 }
const dayMs = 86_400_000
const hourMs = 3_600_000

/** The API sends no longer list. */
const longestList = 1_000

/** The filter of the list; it stays while other pages are read. */
const filter = signal({ agent: '', verdict: '', span: 'Any time', limit: 100 })
const change = (part: Partial<typeof filter.value>) => {
  filter.value = { ...filter.value, limit: 100, ...part }
}

/** The trials that are running, and the newest that have ended, filtered. */
export function TrialsPage() {
  const { agent } = filter.value
  const { ids } = useAgents(agent)
  const only = agent.trim() || undefined
  return (
    <>
      <PageTitle title="Trials" />
      <div class="filters">
        <SuggestingInput
          label="Agent"
          value={agent}
          placeholder="all agents"
          options={ids}
          onInput={(agent) => change({ agent })}
        />
        <Chips
          label="Outcome"
          options={Object.entries(verdicts)}
          value={filter.value.verdict}
          onChoose={(verdict) => change({ verdict })}
        />
        <Chips
          label="Time"
          options={Object.keys(spans).map((name) => [name, name])}
          value={filter.value.span}
          onChoose={(span) => change({ span })}
        />
      </div>
      {filter.value.verdict === '' && <Running only={only} />}
      <Ended only={only} />
    </>
  )
}

function Running({ only }: { only: string | undefined }) {
  const summary = useSummary()
  return (
    <Panel title="Running now">
      <Loaded resource={summary}>
        {(data) => {
          const trials = data.trials.filter(({ agentId }) => only === undefined || agentId === only)
          return trials.length === 0 ? (
            <Empty title={only ? `No trial is running on ${only}` : 'No trial is running'}>
              The next cycle starts trials of changes that are worth trying.
            </Empty>
          ) : (
            <ul class="cards">
              {trials.map(({ id, agentId, changes, state, startedAt, metric, judgement }) => (
                <li key={id} class="card">
                  <a href={linkTo('trials', id)}>{agentId}</a> <Badge tone="info">{state}</Badge>
                  <p>{changes}</p>
                  <small class="muted">
                    started <Age time={startedAt} />
                    {judgement && ` · ${Math.min(judgement.samples.control || Infinity, judgement.samples.candidate)} samples`}
                    {judgement?.improvement != null &&
                      ` · ${metric.label} ${formatImprovement(metric, judgement.improvement)} so far`}
                  </small>
                </li>
              ))}
            </ul>
          )
        }}
      </Loaded>
    </Panel>
  )
}

function Ended({ only }: { only: string | undefined }) {
  const { verdict, span, limit } = filter.value
  const results = useResource<StandingResult[]>(`/results?${buildQuery(only)}`, 5_000)
  const isFiltered = only !== undefined || verdict !== '' || spans[span] !== null
  return (
    <Panel title="Ended">
      <Loaded resource={results}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={isFiltered ? 'No trials match' : 'No trial has ended yet'} />
          ) : (
            <>
              <Table label="Ended trials" head={['Agent', 'Change', 'Effect on its target', '', 'Outcome', 'Ended', '']}>
                {list.map((result) => (
                  <ResultRow key={result.strategy.id} result={result} />
                ))}
              </Table>
              {list.length === limit && limit < longestList && (
                <button type="button" onClick={() => change({ limit: Math.min(limit + 200, longestList) })}>
                  Show older ones
                </button>
              )}
            </>
          )
        }
      </Loaded>
    </Panel>
  )
}

/** The time is rounded to the hour, so the list does not change at every moment. */
function buildQuery(only: string | undefined): URLSearchParams {
  const { verdict, span, limit } = filter.value
  const days = spans[span]
  const query = new URLSearchParams({ limit: String(limit) })
  if (only !== undefined) query.set('agent', only)
  if (verdict !== '') query.set('verdict', verdict)
  if (days) query.set('since', new Date(Math.floor((Date.now() - days * dayMs) / hourMs) * hourMs).toISOString())
  return query
}

/** The metric of a result that was recorded without its effects. */
const unknown = { kind: 'continuous' } as const

function ResultRow({ result }: { result: Json<StandingResult> }) {
  const { strategy, actualImprovement, interval, verdict, standing, success, keptBy, timestamp, effects } = result
  const [target] = effects ?? []
  return (
    <tr>
      <td>
        <a href={linkTo('agents', strategy.agentId)}>{strategy.agentId}</a>
      </td>
      <td>
        <a href={linkTo('trials', strategy.id)}>{formatChanges(strategy.actions)}</a>
      </td>
      <td class="number">
        {target ? formatImprovement(toMetric(target), actualImprovement) : formatSignedImprovement(unknown, actualImprovement)}
        {actualImprovement !== null && target && <small class="muted"> {target.label}</small>}
      </td>
      <td>
        <IntervalBar metric={target ?? unknown} improvement={actualImprovement} interval={interval} />
      </td>
      <td>
        <Verdict verdict={verdict} />
        {(success || keptBy) && standing !== 'in-force' && <small class="muted"> {standing}</small>}
      </td>
      <td>
        <Age time={timestamp} />
      </td>
      <td>
        {(success || keptBy) && standing === 'in-force' ? (
          <UndoTrialButton strategy={strategy} />
        ) : (
          standing !== 'superseded' && <RetryTrialButton strategy={strategy} />
        )}
      </td>
    </tr>
  )
}

const UndoTrialButton = ({ strategy }: { strategy: Json<StandingResult>['strategy'] }) => (
  <CommandButton kind="quiet" command={commands.rollBack(strategy.id, true)}>
    Undo<span class="visually-hidden"> {formatChanges(strategy.actions)}</span>…
  </CommandButton>
)

/** Tries a change again that is not in force. */
export const RetryTrialButton = ({
  strategy,
  kind = 'quiet',
}: {
  strategy: Json<StandingResult>['strategy']
  kind?: 'quiet' | ''
}) => (
  <CommandButton kind={kind} command={commands.retry(strategy)}>
    Try again<span class="visually-hidden"> {formatChanges(strategy.actions)}</span>…
  </CommandButton>
)
