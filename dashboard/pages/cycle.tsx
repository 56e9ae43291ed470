import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { formatChanges, formatDuration, formatImpact, formatSignedImprovement, pluralize } from '../../src/model/format.ts'
import type { PlannedStrategy } from '../../src/reading/cycle-strategies.ts'
import type { CycleView } from '../../src/reading/cycles.ts'
import type { ListExtent } from '../../src/reading/list-extent.ts'
import type { Json } from '../api.ts'
import { IntervalBar } from '../charts/interval-bar.tsx'
import { now } from '../clock.ts'
import {
  Badge,
  Empty,
  Facts,
  Loaded,
  PageTitle,
  Panel,
  Severity,
  stateTone,
  Table,
  Time,
  Verdict,
} from '../components/basics.tsx'
import { ReportLinks } from '../components/report.tsx'
import { WorkflowLink } from '../components/workflow-link.tsx'
import { toWords, withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo } from '../router.ts'
import { cycleTones } from './cycles.tsx'
import { Phases } from './phases.tsx'

/** Entries of each list that are shown at first, and at most. */
const few = 100
const most = 1_000

/** A cycle: what it found, what it planned in rank order, what it tried, and what it deferred. */
export function CyclePage({ id }: { id: string }) {
  const [limit, setLimit] = useState(few)
  const path = `/cycles/${encodeURIComponent(id)}`
  const cycle = useResource<CycleView>(`${path}?limit=${limit}`, 3_000, ({ endedAt }) => endedAt !== null)
  // Trials outside the cycle go on after its end.
  const strategies = useResource<PlannedStrategy[]>(`${path}/strategies?limit=${limit}`, 3_000)
  const more = (listed: ListExtent) => <More listed={listed} onShow={limit < most ? () => setLimit(most) : undefined} />
  return (
    <Loaded resource={cycle}>
      {(data) => (
        <>
          <PageTitle title={data.target ? `Cycle for ${data.target}` : 'Cycle for the whole fleet'}>
            <Badge tone={cycleTones[data.state] ?? 'calm'}>{data.state}</Badge>
            {data.dryRun && <Badge>dry run: nothing was changed</Badge>}
            <ReportLinks of={`cycle=${encodeURIComponent(id)}`} title="Report" />
          </PageTitle>
          <Panel title="Phases">
            <Phases phases={addRunning(data)} />
            <Facts
              facts={[
                ['Started', <Time key="started" time={data.startedAt} />],
                [
                  'Duration',
                  data.endedAt
                    ? formatDuration(new Date(data.endedAt).getTime() - new Date(data.startedAt).getTime())
                    : 'still running',
                ],
                ['Trials', pluralize(data.listed.trials.total, 'trial')],
                ['Workflow', <WorkflowLink key="workflow" id={data.id} />],
              ]}
            />
          </Panel>
          <Bottlenecks bottlenecks={data.bottlenecks} total={data.listed.bottlenecks.total}>
            {more(data.listed.bottlenecks)}
          </Bottlenecks>
          <Panel title="Strategies, best first">
            <Loaded resource={strategies}>{(list) => <Strategies list={list} />}</Loaded>
            {more(data.listed.strategies)}
          </Panel>
          <Panel title="Skipped, and why">
            {data.skipped.length === 0 ? (
              <Empty title="Nothing was skipped" />
            ) : (
              <ul class="lines">
                {data.skipped.map((line) => (
                  <li key={line}>{withLocalTimes(line)}</li>
                ))}
              </ul>
            )}
            {more(data.listed.skipped)}
          </Panel>
        </>
      )}
    </Loaded>
  )
}

/** The phases, and the time that the trials of a running cycle have taken so far, which it records when they end. */
function addRunning({ phases, endedAt, startedAt, trials }: Json<CycleView>): Record<string, number> {
  if (endedAt || trials.length === 0 || 'executeAndMeasureMs' in phases) return phases
  const recorded = Object.values(phases).reduce((sum, ms) => sum + ms, 0)
  return { ...phases, executeAndMeasureMs: Math.max(0, now.value - new Date(startedAt).getTime() - recorded) }
}

/** How many entries of a list are shown, and a button to show the others. */
function More({ listed: { shown, total }, onShow }: { listed: ListExtent; onShow: (() => void) | undefined }) {
  if (shown === total) return null
  return (
    <p class="inline muted">
      The first {shown} of {total}.
      {onShow && (
        <button type="button" onClick={onShow}>
          Show more
        </button>
      )}
    </p>
  )
}

function Bottlenecks({
  bottlenecks,
  total,
  children,
}: {
  bottlenecks: Json<CycleView['bottlenecks']>
  total: number
  children: ComponentChildren
}) {
  return (
    <Panel title="Bottlenecks" aside={<small class="muted">{pluralize(total, 'bottleneck')}</small>}>
      {bottlenecks.length === 0 ? (
        <Empty title="Nothing is beyond its threshold" />
      ) : (
        <Table label="Bottlenecks" head={['Severity', 'Where', 'What', 'Impact', 'Suggested']}>
          {bottlenecks.map(({ type, severity, affectedComponent, agentId, description, suggestedFix, ...bottleneck }) => (
            <tr key={`${type} ${affectedComponent} ${description}`}>
              <td>
                <Severity severity={severity} />
              </td>
              <td class="name">{agentId === null ? affectedComponent : <a href={linkTo('agents', agentId)}>{agentId}</a>}</td>
              <td>{withLocalTimes(description)}</td>
              <td class="number">{formatImpact({ type, ...bottleneck })}</td>
              <td class="muted">{suggestedFix}</td>
            </tr>
          ))}
        </Table>
      )}
      {children}
    </Panel>
  )
}

function Strategies({ list }: { list: Json<PlannedStrategy[]> }) {
  if (list.length === 0) return <Empty title="Nothing was worth trying">The reasons are below.</Empty>
  return (
    <Table
      label="Strategies in rank order"
      head={['', 'Agent', 'Change and reason', 'Predicted improvement (80%)', 'Per minute', 'Measured']}
    >
      {list.map(({ strategy, metric, improvementPerMinute, leftBecause, state, verdict, improvement, judgement }, index) => {
        const { id, agentId, actions, why, type, expectedImprovement, expectedInterval } = strategy
        const changes = formatChanges(actions)
        return (
          <tr key={id}>
            <td class="number muted">{index + 1}</td>
            <td class="name">
              <a href={linkTo('agents', agentId)}>{agentId}</a>
              <br />
              <small class="muted">{toWords(type)}</small>
            </td>
            <td>
              {state ? <a href={linkTo('trials', id)}>{changes}</a> : changes}
              {why && <small class="why">{withLocalTimes(why)}</small>}
            </td>
            <td class="number">
              {formatSignedImprovement(metric, expectedImprovement)}
              <br />
              <IntervalBar metric={metric} improvement={expectedImprovement} interval={expectedInterval} />
            </td>
            <td class="number">{formatSignedImprovement(metric, improvementPerMinute, 2)}</td>
            <td>
              {verdict ? (
                <>
                  <Verdict verdict={verdict} /> <small>{formatSignedImprovement(metric, improvement)}</small>
                </>
              ) : state ? (
                <>
                  <Badge tone={stateTone(state)}>{state}</Badge>{' '}
                  <small>{judgement && formatSignedImprovement(metric, judgement.improvement)}</small>
                </>
              ) : leftBecause ? (
                <span class="reason">deferred: {withLocalTimes(leftBecause)}</span>
              ) : (
                <span class="muted">waiting for its turn</span>
              )}
            </td>
          </tr>
        )
      })}
    </Table>
  )
}
