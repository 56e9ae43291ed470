import { formatImprovement, formatMetricValue, formatTrend, pluralize } from '../../src/model/format.ts'
import type { Fleet } from '../../src/reading/fleet.ts'
import type { FleetAgentDetails } from '../../src/reading/fleet-details.ts'
import type { Json } from '../api.ts'
import { Sparkline } from '../charts/sparkline.tsx'
import { Age, Badge, severityTone } from '../components/basics.tsx'
import { describeReason, type ShownMetric } from '../format.ts'
import { linkTo } from '../router.ts'

export type FleetAgent = Json<Fleet['agents'][number]> & { shown: ShownMetric | undefined }

/** One agent in the list. */
export function FleetRow({
  agent,
  details,
  index,
}: {
  agent: FleetAgent
  details: Json<FleetAgentDetails> | undefined
  index: number
}) {
  const { agentId, kind, live, silent, shown } = agent
  const main = details?.metrics.find(({ name }) => name === agent.metric)
  const others = details?.metrics.filter((metric) => metric !== main) ?? []
  const metric = main ?? shown
  const value = main ? main.value : agent.value
  const trend = main ? main.trend : agent.trend
  return (
    <tr aria-rowindex={index}>
      <td>
        <div class="who">
          <Health agent={agent} />
          <div>
            <a href={linkTo('agents', agentId)}>{agentId}</a>
            <small>
              {kind !== agentId && `${kind} · `}
              {live > 0 ? pluralize(live, 'instance') : 'none running'}
              {silent > 0 && `, ${silent} silent`}
            </small>
          </div>
        </div>
      </td>
      <td class="main-metric">
        <strong>{metric ? formatMetricValue(metric, value) : '–'}</strong>
        {metric && <Trend metric={metric} trend={trend} />}
        <small>{metric?.label ?? agent.metric}</small>
      </td>
      <td class="wide">{main && <Sparkline points={main.series} label={`${main.label} over the last 12 hours`} />}</td>
      <td class="wide">
        <div class="others">
          {others.slice(0, 3).map((other) => (
            <span
              key={other.name}
              class={`metric ${other.isWithin === false ? 'violated' : ''}`}
              title={other.bound ?? undefined}
            >
              <small>{other.label}</small> {formatMetricValue(other, other.value)}
              {other.isWithin === false && <span class="visually-hidden"> beyond its limit: {other.bound}</span>}
            </span>
          ))}
        </div>
      </td>
      <td class="now">
        <Now agent={agent} details={details} />
      </td>
    </tr>
  )
}

function Health({ agent: { severity, live } }: { agent: FleetAgent }) {
  const [tone, words] =
    live === 0
      ? (['bad', 'not running'] as const)
      : severity
        ? ([severityTone(severity), `${severity} bottleneck`] as const)
        : (['good', 'healthy'] as const)
  return <span class={`health ${tone}`} role="img" aria-label={words} title={words} />
}

/** Changes smaller than this, percent or points, are shown as steady. */
const steady = 1

export function Trend({ metric, trend }: { metric: Pick<ShownMetric, 'kind' | 'direction'>; trend: number | null }) {
  if (trend === null) return null
  if (Math.abs(trend) < steady) return <span class="trend muted">steady</span>
  const isBetter = trend > 0 === (metric.direction === 'higher')
  return (
    <span class={`trend ${isBetter ? 'good' : 'bad'}`} title="Compared with the mean of the last hour">
      {formatTrend(metric, trend)}
    </span>
  )
}

function Now({ agent, details }: { agent: FleetAgent; details: Json<FleetAgentDetails> | undefined }) {
  const { trialId, waiting, live, heardAt } = agent
  if (trialId)
    return (
      <a class="trying" href={linkTo('trials', trialId)}>
        <Badge tone="info">{details?.trial?.state ?? 'in trial'}</Badge> {details?.trial?.changes ?? trialId}{' '}
        {details?.trial?.judgement?.improvement != null && (
          <small>{formatImprovement(details.trial.metric, details.trial.judgement.improvement)} so far</small>
        )}
      </a>
    )
  if (waiting)
    return (
      <a href={linkTo('approvals')}>
        <Badge tone="warn">needs approval</Badge> a change is waiting for approval
      </a>
    )
  if (live === 0)
    return (
      <span class="reason">
        {heardAt ? (
          <>
            last seen <Age time={heardAt} />
          </>
        ) : (
          'never seen'
        )}
      </span>
    )
  const [reason] = details?.reasons ?? []
  return reason ? (
    <span class="reason" title={details?.reasons.map(describeReason).join('\n')}>
      {reason.code === 'latest-cycle' && 'latest cycle: '}
      {describeReason(reason)}
    </span>
  ) : null
}
