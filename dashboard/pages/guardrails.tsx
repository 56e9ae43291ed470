import type { TrialCourse } from '../../src/reading/trial-course.ts'
import type { Json } from '../api.ts'
import { IntervalBar } from '../charts/interval-bar.tsx'
import { Badge, Empty, Panel, Table, type Tone } from '../components/basics.tsx'
import { describeImprovement, formatValue } from '../format.ts'

type Effect = Json<TrialCourse>['effects'][number]

/** What the change does to every metric, and which of them it must not harm. */
export function Guardrails({ course: { effects, guards, strategy, trial } }: { course: Json<TrialCourse> }) {
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
          {trial.endedAt ? 'It ended before both arms had enough samples.' : 'The first figures come within seconds.'}
        </Empty>
      ) : (
        <Table label="Effects by metric" head={['Metric', 'Control, observed', 'Candidate, observed', 'Effect', '', 'State']}>
          {target && <EffectRow effect={target} part="target" />}
          {guarded.map((effect) => (
            <EffectRow
              key={effect.metric}
              effect={effect}
              part="guardrail"
              tolerance={guardOf(effect.metric)?.tolerance ?? null}
            />
          ))}
          {unseen.map(({ metric, label }) => (
            <tr key={metric}>
              <td>
                {label} <small class="muted">guardrail</small>
              </td>
              <td colSpan={4} class="muted">
                nobody has reported it in both arms yet
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

function EffectRow({
  effect,
  part,
  tolerance = null,
}: {
  effect: Effect
  part: 'target' | 'guardrail' | ''
  tolerance?: number | null
}) {
  const { label, before, after, improvement, interval, bounds, isAdjusted } = effect
  const [tone, words] = judge(effect, part, tolerance)
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
      <td class="number">{formatValue(effect, before)}</td>
      <td class="number">{formatValue(effect, after)}</td>
      <td class="number">
        {describeImprovement(effect, improvement)}
        {isAdjusted && (
          <small class="muted why" title="For how the instances differed before the change; the figures beside it are not">
            adjusted
          </small>
        )}
      </td>
      <td>
        <IntervalBar metric={effect} improvement={improvement} interval={interval} lost={tolerance} />
      </td>
      <td>
        <Badge tone={tone}>{words}</Badge>
      </td>
    </tr>
  )
}

function judge({ interval, effect, bounds }: Effect, part: string, tolerance: number | null): [Tone, string] {
  const broken = bounds.find(({ holds }) => !holds)
  if (broken) return ['bad', 'beyond its limit']
  if (part === 'target')
    return effect === 'gained' ? ['good', 'better'] : effect === 'lost' ? ['bad', 'worse'] : ['calm', 'not proven']
  if (part === 'guardrail' && tolerance !== null && interval)
    return interval[0] > -tolerance
      ? ['good', 'no harm']
      : interval[1] < -tolerance
        ? ['bad', 'harmed']
        : ['warn', 'harm not ruled out']
  if (bounds.length > 0) return ['good', 'within its limit']
  return effect === 'gained' ? ['good', 'better'] : effect === 'lost' ? ['warn', 'worse'] : ['calm', 'unclear']
}
