import type { TrialSeries } from '../../src/reading/trial-series.ts'
import type { Json } from '../api.ts'
import { EffectChart } from '../charts/effect-chart.tsx'
import { Panel } from '../components/basics.tsx'

/** The effect on each guardrail as samples come in: harm is ruled out once its interval is above the line. */
export function GuardCharts({ guards, target }: { guards: Json<TrialSeries>['guards']; target: string }) {
  const shown = guards.filter(({ metric, looks }) => metric !== target && looks.some(({ improvement }) => improvement !== null))
  if (shown.length === 0) return null
  return (
    <Panel
      title="Guardrails over time"
      aside={<small class="muted">harm is ruled out once the interval is above the line</small>}
    >
      <div class="charts">
        {shown.map((guard) => (
          <figure key={guard.metric}>
            <figcaption>
              {guard.label}
              {guard.limits.length > 0 && <small class="muted"> must be {guard.limits.join(' and ')}</small>}
            </figcaption>
            <EffectChart
              metric={guard}
              looks={guard.looks}
              limit={guard.tolerance === null ? null : { at: -guard.tolerance, label: 'harm below' }}
              isGuard
            />
          </figure>
        ))}
      </div>
    </Panel>
  )
}
