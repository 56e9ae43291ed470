import type { ComponentChildren } from 'preact'
import type { Explanation } from '../../src/model/explanation.ts'
import { formatChange, formatDuration, formatImprovement, formatInterval, formatValue } from '../../src/model/format.ts'
import type { TrialSeries } from '../../src/reading/trial-series.ts'
import type { Json } from '../api.ts'
import { Distribution } from '../charts/distribution.tsx'
import { EffectChart } from '../charts/effect-chart.tsx'
import * as commands from '../commands.ts'
import { Age, Badge, Facts, Loaded, PageTitle, Panel, stateTone, Time } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { ExplanationView } from '../components/explanation-view.tsx'
import { WorkflowLink } from '../components/workflow-link.tsx'
import { formatTime, withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo } from '../router.ts'
import { GuardCharts } from './guard-charts.tsx'
import { Guardrails } from './guardrails.tsx'
import { TrialProfiles } from './trial-profiles.tsx'
import { TrialSteps } from './trial-steps.tsx'
import { RetryTrialButton } from './trials.tsx'

const designs = {
  concurrent: 'both arms at the same time',
  switchback: 'one instance that alternates, in pairs of blocks',
  'before-after': 'before and after (a weaker design)',
}
/** The control of a trial without other instances to compare with. */
const controls = {
  concurrent: 'no instances left',
  switchback: 'the same instance, which alternates between both settings',
  'before-after': 'the candidates’ own past',
}

/** A trial, live: how sure the judge is, both arms, guardrails, and who can end it. */
export function TrialPage({ id }: { id: string }) {
  const series = useResource<TrialSeries>(`/trials/${encodeURIComponent(id)}/series`, 2_500)
  return <Loaded resource={series}>{(data) => <Trial series={data} />}</Loaded>
}

function Trial({ series }: { series: Json<TrialSeries> }) {
  const { trial, strategy, metric, keepFrom, maxSamples, distribution } = series
  const { judgement, agentId, id } = trial
  const isOver = trial.endedAt !== null
  const isRatioOfSums = strategy.declared?.some(({ name, ratio }) => name === metric.name && ratio)
  const smaller = judgement
    ? trial.design === 'before-after'
      ? judgement.samples.candidate
      : Math.min(judgement.samples.control, judgement.samples.candidate)
    : 0
  const at = new Date(trial.widenedAt ?? trial.endedAt ?? Date.now()).getTime()
  const looks =
    judgement?.improvement != null && judgement.interval
      ? [...series.looks, { at, samples: smaller, improvement: judgement.improvement, interval: judgement.interval }]
      : series.looks
  return (
    <>
      <PageTitle
        title={
          <>
            <a href={linkTo('agents', agentId)}>{agentId}</a>: {strategy.actions.map(({ knob }) => knob).join(', ')}
          </>
        }
      >
        <Badge tone={stateTone(trial.state)}>{trial.state}</Badge>
        <Ends series={series} />
      </PageTitle>
      <div class="headline">
        <p class="change">
          {strategy.actions.map(({ knob, from, to, unit }) => (
            <span key={knob}>
              {knob} <s>{formatValue(from)}</s> → <strong>{formatValue(to, unit)}</strong>
            </span>
          ))}
        </p>
        <p class="result">
          <strong>{formatImprovement(metric, judgement?.improvement ?? null)}</strong>{' '}
          {judgement?.interval && (
            <span class="muted">
              {metric.label}, interval {formatInterval(metric, judgement.interval)}
            </span>
          )}
        </p>
        {judgement && <p class="muted">{withLocalTimes(judgement.reason)}.</p>}
        {!isOver && judgement && <Progress series={series} samples={smaller} />}
        {!isOver && <WhoEnds id={id} workflowId={trial.workflowId} />}
      </div>
      <TrialSteps trial={trial} />
      <div class="columns">
        <Panel
          title="The judge’s confidence"
          aside={<small class="muted">ends after at most {maxSamples} samples per arm</small>}
        >
          <EffectChart metric={metric} looks={looks} limit={{ at: keepFrom, label: 'kept only above' }} />
        </Panel>
        {!isRatioOfSums && (
          <Panel title={`Values of ${metric.label}`}>
            <Distribution metric={metric} bins={distribution} />
          </Panel>
        )}
      </div>
      <Guardrails series={series} />
      <GuardCharts guards={series.guards} target={metric.name} />
      <TrialProfiles agentId={agentId} trialId={id} />
      <div class="columns">
        <Panel title="This trial">
          <Facts
            facts={[
              ['Why', withLocalTimes(strategy.why ?? strategy.description)],
              ...(strategy.repeats
                ? [['Retry of', <TrialLink key="repeats" id={strategy.repeats} />] as [string, ComponentChildren]]
                : []),
              [
                'Predicted',
                strategy.expectedInterval
                  ? `${metric.label} ${formatInterval(metric, strategy.expectedInterval)} (80%)`
                  : 'nothing: requested by a person',
              ],
              ['Design', designs[trial.design]],
              ['Candidates', trial.candidateInstances.join(', ')],
              ['Control', trial.controlInstances.join(', ') || controls[trial.design]],
              ['Started', <Time key="started" time={trial.startedAt} />],
              ...(trial.endedAt ? [['Ended', <Age key="ended" time={trial.endedAt} />] as [string, ComponentChildren]] : []),
              ['If rolled back', strategy.rollbackPlan],
              ['Workflow', <WorkflowLink key="workflow" id={trial.workflowId} />],
            ]}
          />
          {trial.issues.length > 0 && (
            <ul class="issues">
              {trial.issues.map((issue) => (
                <li key={issue}>{withLocalTimes(issue)}</li>
              ))}
            </ul>
          )}
        </Panel>
        <Why id={id} />
      </div>
    </>
  )
}

/** How many of the samples that it may need have arrived, and when it ends at the latest. */
function Progress({ series: { trial, maxSamples }, samples }: { series: Json<TrialSeries>; samples: number }) {
  const { progress } = trial
  return (
    <div class="progress">
      <progress value={Math.min(samples, maxSamples)} max={maxSamples} aria-label="Samples of each arm" />
      <small class="muted">
        {samples} of at most {maxSamples} samples per arm
        {trial.judgement?.awaited?.map(({ label, known, waiting }) => ` · ${label} known for ${known}, pending for ${waiting}`)}
        {progress?.until && ` · at the current rate, done by ${formatTime(progress.until)}`}
        {progress?.suspendedUntil && ` · suspended by a freeze window until ${formatTime(progress.suspendedUntil)}`}
        {trial.observingAt && ` · observed for ${formatDuration(Date.now() - new Date(trial.observingAt).getTime())}`}
      </small>
    </div>
  )
}

/** Who can end it now, and how. */
function Ends({ series: { trial, strategy, canGiveUp } }: { series: Json<TrialSeries> }) {
  const { id, agentId, state } = trial
  if (canGiveUp) return <CommandButton command={commands.giveUp(id)}>Stop waiting…</CommandButton>
  if (state === 'restoring') return null
  if (state === 'restored') return <RetryTrialButton strategy={strategy} kind="" />
  if (trial.endedAt)
    return (
      <CommandButton kind="danger" command={commands.rollBack(id, true)}>
        Undo…
      </CommandButton>
    )
  const forward = (
    <>
      <p>The trial ends, although it may not be proven, and every instance of {agentId} gets:</p>
      <ul>
        {strategy.actions.map((action) => (
          <li key={action.knob}>{formatChange(action)}</li>
        ))}
      </ul>
    </>
  )
  return (
    <div class="buttons">
      <CommandButton command={commands.keep(id, forward)}>Keep…</CommandButton>
      <CommandButton kind="danger" command={commands.rollBack(id, false)}>
        Roll back…
      </CommandButton>
    </div>
  )
}

/** The other ways to end it, without this page. */
const WhoEnds = ({ id, workflowId }: { id: string; workflowId: string }) => (
  <details class="muted">
    <summary>Who can end it, and how</summary>
    <p>
      The judge, once it is proven or harmful. Anyone with the operator role, using <em>Keep…</em> and <em>Roll back…</em> above,
      or <code>npx optimizer keep {id}</code> and <code>npx optimizer rollback {id}</code>. In Temporal, anyone who may send
      signals to the workflow:
    </p>
    <p>
      <code>
        temporal workflow signal --workflow-id {workflowId} --name rollBack --input '"{id}"'
      </code>
    </p>
  </details>
)

const TrialLink = ({ id }: { id: string }) => <a href={linkTo('trials', id)}>{id}</a>

function Why({ id }: { id: string }) {
  const explanation = useResource<Explanation>(`/explanations/${encodeURIComponent(id)}`, 10_000)
  return (
    <Panel title="Explanation">
      <Loaded resource={explanation}>{(data) => <ExplanationView explanation={data} />}</Loaded>
    </Panel>
  )
}
