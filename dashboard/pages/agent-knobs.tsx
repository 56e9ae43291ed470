import type { Explanation } from '../../src/model/explanation.ts'
import { formatRatio, formatSignedImprovement, formatValue } from '../../src/model/format.ts'
import type { Knob } from '../../src/model/knob.ts'
import type { AgentDetails } from '../../src/reading/agent-view.ts'
import type { Json } from '../api.ts'
import * as commands from '../commands.ts'
import { Badge, Empty, Panel, Table } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { formatTime, withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'

/** The knobs: value, range, importance according to past trials, what is worth trying, and what is in cooldown. */
export function AgentKnobs({ agent }: { agent: Json<AgentDetails> }) {
  const { data: explanation } = useResource<Explanation>(`/explanations/${encodeURIComponent(agent.agentId)}`, 15_000)
  const ofAgent = explanation?.restrictions?.filter(({ knob, isReleasable }) => knob === null && isReleasable) ?? []
  const { knobs, configuration, insight } = agent
  const { minimize, maximize } = agent.objective ?? {}
  const known = insight?.importance ?? {}
  const metricName = [minimize, maximize].find((name) => name && known[name]) ?? Object.keys(known)[0]
  const importance = (metricName && known[metricName]) || []
  const most = Math.max(1, ...importance.map(({ effect }) => Math.abs(effect)))
  const metricOf = (name: string) =>
    agent.metrics.find((metric) => metric.name === name) ?? { label: name, kind: 'continuous' as const }
  const metric = metricOf(metricName ?? '')
  return (
    <Panel
      title="Knobs"
      aside={metricName && <small class="muted">importance for {metric.label}, according to trials on agents of its kind</small>}
    >
      {ofAgent.length > 0 && (
        <p>
          {ofAgent.map(({ reason }) => withLocalTimes(reason)).join('; ')}{' '}
          <CommandButton kind="quiet" command={commands.release(agent.agentId)}>
            Release all knobs…
          </CommandButton>
        </p>
      )}
      {knobs.length === 0 ? (
        <Empty title="It declares no knobs">There is nothing to tune; the agent is only monitored.</Empty>
      ) : (
        <Table label="Knobs" head={['Knob', 'Value', 'Range', 'Importance', 'Worth trying', 'Blocked because']}>
          {knobs.map((knob) => {
            const effect = importance.find((each) => each.knob === knob.name)
            const worth = insight?.worthTrying.filter((each) => each.knob === knob.name) ?? []
            const promising = worth.find(({ metric }) => metric === metricName) ?? worth[0]
            const isTried = Object.values(insight?.importance ?? {}).some((all) => all.some((each) => each.knob === knob.name))
            const restrictions = explanation?.restrictions?.filter((each) => each.knob === knob.name) ?? []
            return (
              <tr key={knob.name}>
                <td>
                  <strong>{knob.name}</strong> {knob.risk !== 'low' && <Badge tone="warn">{knob.risk} risk</Badge>}
                  {knob.description && <small class="why">{knob.description}</small>}
                </td>
                <td class={typeof configuration.values[knob.name] === 'number' ? 'number' : ''}>
                  {formatValue(configuration.values[knob.name], knob.unit)}
                </td>
                <td>
                  <Range knob={knob} value={configuration.values[knob.name]} />
                </td>
                <td>
                  {effect ? (
                    <span class="importance">
                      <meter min="0" max={most} value={Math.abs(effect.effect)} aria-label={`Importance of ${knob.name}`} />
                      <small>
                        {formatSignedImprovement(metric, effect.effect)} if raised across its range,{' '}
                        {formatCertainty(effect.certainty)} sure
                      </small>
                    </span>
                  ) : (
                    <span class="muted">{isTried ? `not tried for ${metric.label}` : 'never tried'}</span>
                  )}
                </td>
                <td>
                  {promising ? (
                    <small>
                      {promising.direction && `${promising.direction}: `}
                      {promising.why}
                    </small>
                  ) : (
                    <span class="muted">–</span>
                  )}
                </td>
                <td>
                  {restrictions.length === 0 && <span class="muted">–</span>}
                  {restrictions.map(({ code, reason, until }) => (
                    <small key={`${code} ${reason}`} class="why">
                      {withLocalTimes(reason)}
                      {until && ` (until ${formatTime(until)})`}
                    </small>
                  ))}
                  {restrictions.some(({ isReleasable }) => isReleasable) && (
                    <CommandButton kind="quiet" command={commands.release(agent.agentId, knob.name)}>
                      Release…
                    </CommandButton>
                  )}
                </td>
              </tr>
            )
          })}
        </Table>
      )}
    </Panel>
  )
}

/** No measurement is entirely certain. */
const formatCertainty = (certainty: number) => (certainty > 0.99 ? 'over 99%' : formatRatio(certainty, 2))

/** Where a value lies between the bounds, with the default marked; of a choice, its values. */
function Range({ knob, value }: { knob: Knob; value: unknown }) {
  if (knob.type === 'enum' || knob.type === 'order') return <small class="muted">{knob.values.join(', ')}</small>
  if (knob.type === 'bool') return <small class="muted">true or false</small>
  const { min, max, scale } = knob
  const position = (at: number) =>
    scale === 'log' && min > 0 ? Math.log(at / min) / Math.log(max / min) : max > min ? (at - min) / (max - min) : 0
  const x = (at: number) => 4 + 112 * Math.min(1, Math.max(0, position(at)))
  return (
    <span class="range">
      <small class="muted">{min}</small>
      <svg
        viewBox="0 0 120 14"
        role="img"
        aria-label={`from ${min} to ${formatValue(max, knob.unit)}, default ${formatValue(knob.default, knob.unit)}`}
      >
        <line x1="4" x2="116" y1="7" y2="7" />
        <line class="default" x1={x(knob.default)} x2={x(knob.default)} y1="2" y2="12" />
        {typeof value === 'number' && <circle cx={x(value)} cy="7" r="4.5" />}
      </svg>
      <small class="muted">{formatValue(max, knob.unit)}</small>
    </span>
  )
}
