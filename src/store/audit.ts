/** The audit log: every decision, command and change with who, when and why, read from the tables that record them. */
import { type RawBuilder, sql } from 'kysely'
import type { AuditEntry, AuditPage, AuditQuery } from '../model/audit.ts'
import { isCycleId, isTrialId } from '../model/record-id.ts'
import type { Database } from './database.ts'

/** The records by source; each selects the columns of an entry, and the trial and the cycle that it belongs to. Ids are unique within the source. */
const sources = {
  policy: sql`select changed_at as at, id, 'policy.changed' as action, changed_by as actor, field as subject, reason,
      null as cause, 'optimizer' as workflow_id, jsonb_build_object('from', old_value, 'to', new_value) as detail,
      null::text as trial_id, null::text as cycle_id
    from policy_changes`,
  objective: sql`select changed_at, id, case when objective is null then 'objective.cleared' else 'objective.set' end, changed_by,
      coalesce(agent, kind, 'fleet'), reason, null, null, objective, null, null
    from objective_changes`,
  'engine-settings': sql`select changed_at, id, 'engine-settings.changed', changed_by, null, '', null, null, settings, null, null
    from engine_setting_changes`,
  release: sql`select released_at, id, 'knob.released', released_by, agent_id, reason, null, 'optimizer', jsonb_build_object('knob', knob),
      null, null
    from releases`,
  request: sql`select asked_at, trial_id as id, 'approval.asked', 'optimizer', approvals.agent_id, content->>'description', trial_id,
      'trial-' || trial_id, null::jsonb, trial_id, cycle_id
    from approvals join strategies on strategies.id = trial_id`,
  approval: sql`select decided_at, trial_id as id, 'approval.' || state, coalesce(decided_by, 'optimizer'), approvals.agent_id,
      coalesce(reason, ''), trial_id, 'trial-' || trial_id, null::jsonb, trial_id, cycle_id
    from approvals join strategies on strategies.id = trial_id where decided_at is not null`,
  trial: sql`select started_at, trials.id, 'trial.started', coalesce(content->>'requestedBy', 'optimizer'), trials.agent_id, content->>'description',
      coalesce(cycle_id, trials.id), workflow_id,
      jsonb_build_object('trialId', trials.id, 'design', design, 'candidateVersion', candidate_version),
      trials.id, cycle_id
    from trials join strategies using (id)`,
  result: sql`select timestamp, strategy_id as id, 'trial.concluded', coalesce(content->>'keptBy', content->>'rolledBackBy', 'optimizer'), agent_id, content->>'reason',
      strategy_id, coalesce(cycle_id, 'trial-' || strategy_id),
      jsonb_build_object('trialId', strategy_id, 'verdict', verdict, 'keptBy', content->>'keptBy', 'improvement', actual_improvement,
        'undone', content->'undone'->'at'),
      strategy_id, cycle_id
    from optimization_results`,
  configuration: sql`select proven.since, proven.id, 'configuration.changed',
      configuration.changed_by, proven.agent_id, configuration.reason, configuration.trial_id,
      coalesce(regexp_replace(configuration.request_id, '/[^/]*$', ''), trials.workflow_id),
      jsonb_build_object('version', proven.version, 'values', configuration.values, 'restoresVersion', restores_version,
        'undone', result.content->'undone'->'at'),
      configuration.trial_id, strategies.cycle_id
    from proven_versions as proven join configurations as configuration using (agent_id, version)
      left join trials on trials.id = configuration.trial_id
      left join strategies on strategies.id = configuration.trial_id
      left join optimization_results as result on result.strategy_id = configuration.trial_id`,
  alert: sql`select acknowledged_at, id, 'alert.acknowledged', acknowledged_by, component, coalesce(acknowledgement, ''), trial_id, null,
      jsonb_build_object('alertId', id, 'message', message), trial_id, null
    from alerts where acknowledged_at is not null`,
  profile: sql`select taken_at, id, 'profile.taken', requested_by, target, reason, trial_id, workflow_id,
      jsonb_build_object('profileId', id, 'kind', kind, 'trigger', trigger), trial_id, null
    from performance_profiles`,
  cycle: sql`select started_at, cycles.id, 'cycle.started', 'optimizer', target, '', null, cycles.id,
      jsonb_build_object('state', state, 'dryRun', dry_run), null, cycles.id
    from cycles`,
  entry: sql`select at, id, action, actor, subject, reason, cause, workflow_id, detail, coalesce(cause, subject), coalesce(cause, subject)
    from audit_entries`,
} satisfies Record<string, RawBuilder<unknown>>

const columns = sql.raw('at, id, action, actor, subject, reason, cause, workflow_id, detail, trial_id, cycle_id')

/** Entries that match, newest first. Each source is searched separately, so that at most a page of each is read. */
export async function listAuditEntries(db: Database, query: AuditQuery): Promise<AuditPage> {
  const { limit } = query
  const pages = Object.entries(sources).map(
    ([
      source,
      records,
    ]) => sql`(select ${source}::text || '-' || id as key, at, action, actor, subject, reason, cause, workflow_id, detail
      from (${records}) as record (${columns}) where ${conditionOf(query, source)} order by at desc, key desc limit ${limit + 1})`,
  )
  const { rows } = await sql<Omit<AuditEntry, 'id'> & { key: string; cursor: string }>`
    select key, at, action, actor, subject, reason, cause, workflow_id, detail,
      to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '_' || key as cursor
    from (${sql.join(pages, sql` union all `)}) as entries
    order by at desc, key desc limit ${limit + 1}`.execute(db)
  const entries = rows.slice(0, limit).map(({ key, cursor: _, ...entry }) => ({ id: key, ...entry }))
  return { entries, next: rows.length > limit ? rows[limit - 1]!.cursor : null }
}

/** The subject of what is done in a trial or a cycle is an agent, so such ids have columns of their own. */
const columnOf = (subject: string) => (isTrialId(subject) ? 'trialId' : isCycleId(subject) ? 'cycleId' : 'subject')

function conditionOf(
  { action, actor, subject, workflowId, since, until, after }: AuditQuery,
  source: string,
): RawBuilder<unknown> {
  const conditions = [sql`at is not null`]
  if (action !== undefined) conditions.push(sql`(action = ${action} or starts_with(action, ${`${action}.`}))`)
  if (actor !== undefined) conditions.push(sql`actor = ${actor}`)
  if (subject !== undefined) conditions.push(sql`${sql.ref(columnOf(subject))} = ${subject}`)
  if (workflowId !== undefined) conditions.push(sql`workflow_id = ${workflowId}`)
  if (since !== undefined) conditions.push(sql`at >= ${since}::timestamptz`)
  if (until !== undefined) conditions.push(sql`at <= ${until}::timestamptz`)
  if (after !== undefined) {
    const [time, key] = [after.slice(0, after.indexOf('_')), after.slice(after.indexOf('_') + 1)]
    conditions.push(sql`at <= ${time}::timestamptz and (at, ${source}::text || '-' || id) < (${time}::timestamptz, ${key})`)
  }
  return sql.join(conditions, sql` and `)
}
