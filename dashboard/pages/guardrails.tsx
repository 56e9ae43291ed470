import { formatImprovement, formatMetricValue } from '../../src/model/format.ts'
import type { TrialSeries } from '../../src/reading/trial-series.ts'
import type { Json } from '../api.ts'
import { IntervalBar } from '../charts/interval-bar.tsx'
import { Badge, Empty, Panel, Table, type Tone } from '../components/basics.tsx'
import { toMetric } from '../format.ts'

type Effect = Json<TrialSeries>['effects'][number]
type Guard = Json<TrialSeries>['guards'][number]

/** The effect of the change on every metric, and the metrics that it must not harm. */
export function Guardrails({ series: { effects, guards, strategy, trial } }: { series: Json<TrialSeries> }) {
  const guardOf = (metric: string) => guards.find((guard) => guard.metric === metric)
  const [target, ...others] = effects
  const guarded = others.filter(({ metric, bounds }) => guardOf(metric) || bounds.length > 0)
  const rest = others.filter((effect) => !guarded.includes(effect))
  const unseen = guards.filter(
    ({ metric }) => metric !== strategy.targetMetric && !effects.some((effect) => effect.metric === metric),
  )
  return (
    <Panel title="Target and guardrails" aside={<small class="muted">the judge rolls back at once when harm is proven</small>}>
      {effects.length === 0 ? (
        <Empty title="Nothing is measured yet">
          {trial.endedAt ? 'It ended before both arms had enough samples.' : 'The first values appear within seconds.'}
        </Empty>
      ) : (
        <Table label="Effects by metric" head={['Metric', 'Control, observed', 'Candidate, observed', 'Effect', '', 'State']}>
          {target && <EffectRow effect={target} part="target" />}
          {guarded.map((effect) => (
            <EffectRow key={effect.metric} effect={effect} part="guardrail" guard={guardOf(effect.metric)} />
          ))}
          {unseen.map(({ metric, label }) => (
            <tr key={metric}>
              <td>
                {label} <small class="muted">guardrail</small>
              </td>
              <td colSpan={4} class="muted">
                not reported in both arms yet
              </td>
              <td>
                <Badge>not seen</Badge>
              </td>
            </tr>
          ))}
          {rest.map((effect) => (
            <EffectRow key={effect.metric} effect={effect} part="" />
          ))}
        </Table>
      )}
    </Panel>
  )
}

function EffectRow({ effect, part, guard }: { effect: Effect; part: 'target' | 'guardrail' | ''; guard?: Guard | undefined }) {
  const { label, before, after, improvement, interval, bounds, isAdjusted } = effect
  const [tone, words] = judge(effect, part, guard)
  return (
    <tr class={part}>
      <td>
        {label} <small class="muted">{part}</small>
        {bounds.map(({ bound }) => (
          <small key={bound} class="muted">
            {' '}
            {bound}
          </small>
        ))}
      </td>
      <td class="number">{formatMetricValue(effect, before)}</td>
      <td class="number">{formatMetricValue(effect, after)}</td>
      <td class="number">
        {formatImprovement(toMetric(effect), improvement)}
        {isAdjusted && (
          <small class="muted why" title="Adjusted for how the instances differed before the change">
            adjusted
          </small>
        )}
      </td>
      <td>
        <IntervalBar metric={effect} improvement={improvement} interval={interval} lost={guard?.tolerance} />
      </td>
      <td>
        <Badge tone={tone}>{words}</Badge>
      </td>
    </tr>
  )
}

const guardStates: Record<NonNullable<Guard['state']>, [Tone, string]> = {
  unharmed: ['good', 'no harm'],
  unclear: ['warn', 'harm not ruled out'],
  harmed: ['bad', 'harmed'],
}

function judge({ effect, bounds }: Effect, part: string, guard: Guard | undefined): [Tone, string] {
  const broken = bounds.find(({ holds }) => !holds)
  if (broken) return ['bad', 'beyond its limit']
  if (part === 'target')
    return effect === 'gained' ? ['good', 'better'] : effect === 'lost' ? ['bad', 'worse'] : ['calm', 'not proven']
  if (part === 'guardrail' && guard?.state) return guardStates[guard.state]
  if (bounds.length > 0) return ['good', 'within its limit']
  return effect === 'gained' ? ['good', 'better'] : effect === 'lost' ? ['warn', 'worse'] : ['calm', 'unclear']
}
