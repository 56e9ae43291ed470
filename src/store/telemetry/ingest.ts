import { sql } from 'kysely'
import type { ReportingAgents } from '../../model/access.ts'
import type { MetricDeclaration } from '../../model/metric.ts'
import { validateReportedMetrics } from '../../model/metric-value.ts'
import type { Contribution, Telemetry, TelemetryReport } from '../../telemetry/telemetry.ts'
import { type Database, inTransaction } from '../database.ts'
import { type Columns, insertRows, jsonb, text, timestamptz } from '../insert-rows.ts'
import { loadCatalogue } from '../metrics.ts'
import { type SelfReportFigures, selfReportColumns } from '../report-writers.ts'
import { insertCalls, insertTelemetryMessages, insertUnservedCalls, matchCalls } from './calls.ts'
import {
  applyAncestorLinks,
  applyContributions,
  insertContributions,
  omitFilledGaps,
  resolveAncestorSpans,
} from './contributions.ts'
import { insertTelemetryExecutions } from './executions.ts'
import { recordReportedVersions } from './reported-versions.ts'
import type { AssumedVersions } from './sources.ts'

/** How long the parts of a trace wait for each other, milliseconds. */
const waitsForMs = 7_200_000

/**
 * Stores what a request of OpenTelemetry data says, in one transaction, and adds what is refused to its refusals. The same request has
 * the same effect once and many times.
 * @param now milliseconds since the epoch
 * @param assumed the versions that its instances run with
 * @param configured metrics that the configuration declares
 * @param agents that the sender may report for
 */
export async function ingestTelemetry(
  db: Database,
  telemetry: Telemetry,
  now: number,
  {
    assumed,
    configured,
    agents,
  }: { assumed: AssumedVersions; configured: readonly MetricDeclaration[]; agents?: ReportingAgents },
): Promise<void> {
  const { performers, executions, calls, messages, ancestorLinks, reports } = telemetry
  const contributions = await selectUsable(db, telemetry, configured)
  await inTransaction(db, async (db) => {
    await insertTelemetryExecutions(db, executions, assumed)
    await insertContributions(db, await omitFilledGaps(db, contributions), agents)
    await applyAncestorLinks(db, ancestorLinks, agents)
    await insertCalls(db, calls, assumed)
    await insertTelemetryMessages(db, messages, assumed)
    await insertSelfReports(db, reports)
  })
  const passed = new Set(ancestorLinks.flatMap(({ id, above }) => [id, above]))
  const reached = await resolveAncestorSpans(db, [...passed], contributions)
  const spanIds = new Set([...executions.map(({ id }) => id), ...ancestorLinks.map(({ above }) => above), ...reached])
  await applyContributions(db, [...spanIds], contributions)
  await matchCalls(db, calls)
  await insertUnservedCalls(db, calls, assumed)
  await recordReportedVersions(db, [...performers.values()], executions, now)
}

/** The contributions that can be metrics of an execution; the others are refused. */
async function selectUsable(
  db: Database,
  { contributions, refusals }: Telemetry,
  configured: readonly MetricDeclaration[],
): Promise<Contribution[]> {
  if (!contributions.some(({ isScore }) => isScore)) return contributions
  const catalogue = await loadCatalogue(db, configured)
  return contributions.filter((each) => {
    const problem = each.isScore ? validateReportedMetrics(catalogue, each.metrics) : undefined
    if (each.isScore && problem) refusals.add(`is a score that cannot be used: ${problem}`, { isScoreOfSpan: each.isOfSpan })
    return problem === undefined
  })
}

async function insertSelfReports(db: Database, reports: readonly TelemetryReport[]): Promise<void> {
  const columns: Columns<Omit<TelemetryReport, 'values'> & SelfReportFigures & Pick<TelemetryReport['values'], 'metrics'>> = {
    timestamp: timestamptz(({ at }) => at),
    agent_id: text(({ agentId }) => agentId),
    instance_id: text(({ instanceId }) => instanceId),
    ...selfReportColumns,
    metrics: jsonb(({ metrics }) => metrics),
  }
  const rows = reports.map(({ values, ...report }) => ({ ...report, ...values }))
  await insertRows(db, { table: 'agent_self_reports', columns }, rows)
}

/** Deletes parts of traces whose other parts did not come. @returns the number of usages and scores whose execution did not */
export async function deleteUnmatchedTelemetry(db: Database, now: number): Promise<number> {
  const before = new Date(now - waitsForMs)
  const { rows } = await sql<{ lost: number }>`
    with deleted as (delete from telemetry_contributions where received_at < ${before} returning settled_at)
    select count(*)::int as lost from deleted where settled_at is null`.execute(db)
  await db.deleteFrom('telemetryPassages').where('receivedAt', '<', before).execute()
  await db.deleteFrom('telemetryCalls').where('receivedAt', '<', before).execute()
  return rows[0]!.lost
}
