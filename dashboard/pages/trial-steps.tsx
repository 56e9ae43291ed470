import { pluralize } from '../../src/model/format.ts'
import type { TrialSeries } from '../../src/reading/trial-series.ts'
import type { Json } from '../api.ts'
import { Time } from '../components/basics.tsx'

interface Step {
  title: string
  detail: string
  at: string | null
  state: 'done' | 'now' | 'next' | 'skipped'
}

/** The steps of a trial: applied, observed, widened step by step, kept or rolled back. */
export function TrialSteps({ trial }: { trial: Json<TrialSeries>['trial'] }) {
  const { state, startedAt, observingAt, widenedAt, endedAt, candidateInstances, controlInstances, widenedInstances } = trial
  const all = candidateInstances.length + controlInstances.length
  const isBack = state === 'restored' || state === 'restoring'
  const order = ['applying', 'observing', 'widening', 'kept']
  const reached = isBack ? (widenedAt ? 2 : observingAt ? 1 : 0) : order.indexOf(state)
  const stateOf = (index: number): Step['state'] =>
    index < reached || (index === reached && (endedAt !== null || isBack))
      ? 'done'
      : index === reached
        ? 'now'
        : isBack
          ? 'skipped'
          : 'next'
  const half = widenedInstances?.length ?? 0
  const steps: Step[] = [
    { title: 'Apply', detail: `${candidateInstances.length} of ${pluralize(all, 'instance')}`, at: startedAt, state: stateOf(0) },
    { title: 'Observe', detail: 'both arms, until proven or harmful', at: observingAt, state: stateOf(1) },
    {
      title: 'Widen',
      detail:
        state === 'kept' && !widenedAt
          ? 'not needed: applied to all at once'
          : half > 0
            ? `${candidateInstances.length + half} of ${all} instances, then all`
            : 'half of the instances, then all',
      at: widenedAt,
      state: stateOf(2),
    },
    isBack
      ? { title: 'Roll back', detail: 'the previous values, verified', at: endedAt, state: state === 'restored' ? 'done' : 'now' }
      : {
          title: 'Keep',
          detail: `${all === 1 ? 'the only instance' : `all ${all} instances`}; still watched for harm`,
          at: state === 'kept' ? endedAt : null,
          state: stateOf(3),
        },
  ]
  return (
    <ol class="steps" aria-label="Steps of the trial">
      {steps.map(({ title, detail, at, state }) => (
        <li key={title} class={state} aria-current={state === 'now' ? 'step' : undefined}>
          <strong>{title}</strong>
          <small>{state === 'skipped' ? 'not reached' : detail}</small>
          {at && state !== 'next' && (
            <small class="muted">
              <Time time={at} />
            </small>
          )}
        </li>
      ))}
    </ol>
  )
}
