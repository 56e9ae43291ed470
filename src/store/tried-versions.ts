/** Executions under values that are only tried, or were restored, say nothing about the values in force. */
import { sql } from 'kysely'

/** The versions of each agent with such values, as `tried` beside `agent`: a trial writes one more after each suspension and block. */
export const triedVersionsJoin = sql`left join (
  select trial.agent_id, array_agg(same.version) as versions from trials trial
  join configurations candidate on candidate.agent_id = trial.agent_id and candidate.version = trial.candidate_version
  join configurations same on same.agent_id = trial.agent_id and same.version between trial.baseline_version and trial.candidate_version
    and same.trial_id = trial.id and same.values = candidate.values
  where trial.state != 'kept' and trial.started_at > now() - interval '7 days' group by trial.agent_id
) tried on tried.agent_id = agent.agent_id`

/** Whether an execution ran under such values; unknown if it does not name its version, or the agent has tried none. */
export const ranWithTriedValues = sql<boolean>`configuration_version = any(tried.versions)`

/** Whether an execution ran under the values in force; those that do not name their version count. */
export const ranWithValuesInForce = sql<boolean>`(${ranWithTriedValues}) is not true`
