import { describeRestoreOutcome } from '../../src/model/format.ts'
import type { RestoreView } from '../../src/reading/restores.ts'
import type { Json } from '../api.ts'
import * as commands from '../commands.ts'
import { Age, Badge, Panel } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { WorkflowLink } from '../components/workflow-link.tsx'
import { withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'

/** The latest restores of an agent: what is being restored, how it ended, and a button that ends the wait. */
export function AgentRestores({ agentId }: { agentId: string }) {
  const { data } = useResource<RestoreView[]>(`/restores?agent=${encodeURIComponent(agentId)}&limit=5`, 4_000)
  if (!data?.length) return null
  return (
    <Panel title="Restores">
      <ul class="lines" aria-label="Latest restores">
        {data.map((restore) => (
          <Restore key={restore.id} restore={restore} />
        ))}
      </ul>
    </Panel>
  )
}

function Restore({ restore }: { restore: Json<RestoreView> }) {
  const { workflowId, target, requestedBy, reason, startedAt, isRunning, outcome, issues } = restore
  return (
    <li>
      {withLocalTimes(target)}, for {requestedBy}
      {reason && `: ${withLocalTimes(reason)}`}{' '}
      <small class="muted">
        <Age time={startedAt} />
      </small>{' '}
      {isRunning ? (
        <>
          <Badge tone="info">waits until every instance confirms it</Badge>{' '}
          <CommandButton command={commands.giveUp(workflowId)}>Stop waiting…</CommandButton>
        </>
      ) : (
        <span>{outcome ? describeRestoreOutcome(outcome) : 'It has failed.'}</span>
      )}{' '}
      <WorkflowLink id={workflowId}>its workflow</WorkflowLink>
      {issues.length > 0 && (
        <ul class="issues">
          {issues.map((issue) => (
            <li key={issue}>{withLocalTimes(issue)}</li>
          ))}
        </ul>
      )}
    </li>
  )
}
