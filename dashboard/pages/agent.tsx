import type { Explanation } from '../../src/model/explanation.ts'
import { formatMetricValue, pluralize } from '../../src/model/format.ts'
import type { AgentDetails } from '../../src/reading/agent-view.ts'
import type { FleetAgentDetails } from '../../src/reading/fleet-details.ts'
import type { Json } from '../api.ts'
import * as commands from '../commands.ts'
import { Age, Badge, Loaded, PageTitle, Panel, Severity, Table } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { ExplanationView } from '../components/explanation-view.tsx'
import { ReportLinks } from '../components/report.tsx'
import { describeReason, withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo } from '../router.ts'
import { useSummary } from '../summary.ts'
import { AgentKnobs } from './agent-knobs.tsx'
import { AgentMessages } from './agent-messages.tsx'
import { AgentProfiles } from './agent-profiles.tsx'
import { AgentRestores } from './agent-restores.tsx'
import { AgentTimeline } from './agent-timeline.tsx'
import { Trend } from './fleet-row.tsx'

/** One agent: what it is optimized for, how it is doing, its configurations with their effects, its knobs. */
export function AgentPage({ id }: { id: string }) {
  const agent = useResource<AgentDetails>(`/agents/${encodeURIComponent(id)}`, 8_000)
  const details = useResource<FleetAgentDetails[]>(`/fleet/details?agents=${encodeURIComponent(id)}`, 4_000)
  return (
    <Loaded resource={agent}>
      {(data) => (
        <>
          <PageTitle title={data.agentId}>
            {data.kind !== data.agentId && <small class="muted">{data.kind}</small>}
            <Focus agentId={id} />
            <CommandButton command={commands.startCycle(id)}>Start a cycle for this agent</CommandButton>
            <ReportLinks of={`since=7d&agent=${encodeURIComponent(id)}`} title="Last week" />
          </PageTitle>
          <Present agent={data} details={details.data?.[0]} />
          <AgentRestores agentId={id} />
          <AgentTimeline agent={data} />
          <InWords id={id} />
          <AgentKnobs agent={data} />
          <Instances instances={data.instances} />
          <AgentMessages agentId={id} />
          <AgentProfiles agentId={id} />
        </>
      )}
    </Loaded>
  )
}

function Focus({ agentId }: { agentId: string }) {
  const { data } = useSummary()
  return data?.policy.focus === agentId ? (
    <CommandButton command={commands.clearFocus}>End the focus</CommandButton>
  ) : (
    <CommandButton command={commands.focusOn(agentId)}>Focus on this agent</CommandButton>
  )
}

/** Its objective, its current state, and the current trials or why there are none. */
function Present({ agent, details }: { agent: Json<AgentDetails>; details: Json<FleetAgentDetails> | undefined }) {
  return (
    <Panel title="Now" aside={<a href={linkTo('bottlenecks', undefined, { component: agent.agentId })}>All its bottlenecks</a>}>
      <p>
        <span class="muted">Objective:</span>{' '}
        {agent.objectiveText ??
          'none set, so the optimizer improves response time, success rate and coordination if they miss their thresholds'}
      </p>
      <div class="tiles">
        {details?.metrics.map((metric) => (
          <div key={metric.name} class={`tile ${metric.isWithin === false ? 'violated' : ''}`}>
            <small>{metric.label}</small>
            <strong>{formatMetricValue(metric, metric.value)}</strong>
            <Trend metric={metric} trend={metric.trend} />
            {metric.bound && (
              <small class={metric.isWithin === false ? 'bad' : 'muted'}>
                {metric.bound}
                {metric.isWithin === false && ', violated'}
              </small>
            )}
          </div>
        ))}
      </div>
      {agent.bottlenecks.length > 0 && (
        <ul class="lines" aria-label="Bottlenecks of the latest cycle">
          {agent.bottlenecks.map(({ type, severity, description, suggestedFix }) => (
            <li key={`${type} ${description}`}>
              <Severity severity={severity} /> {withLocalTimes(description)} <span class="muted">{suggestedFix}</span>
            </li>
          ))}
        </ul>
      )}
      {details?.trial ? (
        <p>
          <span class="muted">Being tried:</span> <Badge tone="info">{details.trial.state}</Badge>{' '}
          <a href={linkTo('trials', details.trial.id)}>{details.trial.changes}</a>
        </p>
      ) : (
        details && (
          <>
            <p class="muted">Nothing is being tried on it now:</p>
            <ul class="lines">
              {details.reasons.map((reason) => (
                <li key={reason.reason}>
                  {reason.code === 'latest-cycle' && <span class="muted">latest cycle: </span>}
                  {describeReason(reason)}
                </li>
              ))}
            </ul>
          </>
        )
      )}
    </Panel>
  )
}

function InWords({ id }: { id: string }) {
  const explanation = useResource<Explanation>(`/explanations/${encodeURIComponent(id)}`, 15_000)
  return (
    <Panel title="Explanation">
      <Loaded resource={explanation}>{(data) => <ExplanationView explanation={data} />}</Loaded>
    </Panel>
  )
}

function Instances({ instances }: { instances: Json<AgentDetails['instances']> }) {
  const present = instances.filter(({ liveness }) => liveness !== 'gone')
  const gone = instances.length - present.length
  return (
    <Panel title="Instances" aside={gone > 0 && <small class="muted">{pluralize(gone, 'other')} gone</small>}>
      <Table label="Instances" head={['Instance', 'State', 'Configuration', 'Last seen', 'Connection']}>
        {present.map(
          ({ instanceId, liveness, assignedVersion, effectiveVersion, heartbeatAt, transport, runtime, refusal, drift }) => (
            <tr key={instanceId}>
              <td>{instanceId}</td>
              <td>
                <Badge tone={liveness === 'live' ? 'good' : 'warn'}>{liveness}</Badge>
              </td>
              <td>
                version {effectiveVersion ?? '?'}
                {effectiveVersion !== assignedVersion && ' '}
                {effectiveVersion !== assignedVersion && <Badge tone="warn">should run {assignedVersion}</Badge>}
                {drift && <Badge tone="bad">values that differ from its version</Badge>}
                {refusal && <small class="bad"> refused: {refusal}</small>}
              </td>
              <td>
                <Age time={heartbeatAt} />
              </td>
              <td class="muted">
                {transport}
                {runtime && ` · ${runtime}`}
              </td>
            </tr>
          ),
        )}
      </Table>
    </Panel>
  )
}
