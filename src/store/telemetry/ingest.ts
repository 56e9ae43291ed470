import type { MetricDeclaration } from '../../model/metric.ts'
import { validateReportedMetrics } from '../../model/metric-value.ts'
import type { Contribution, Telemetry, TelemetryReport } from '../../telemetry/telemetry.ts'
import { type Database, inTransaction } from '../database.ts'
import { insertInChunks } from '../insert-in-chunks.ts'
import { loadCatalogue } from '../metrics.ts'
import { insertCalls, insertTelemetryMessages, matchCalls } from './calls.ts'
import { insertContributions, movePassages, settleContributions } from './contributions.ts'
import { insertTelemetryExecutions } from './executions.ts'
import { recordReportedVersions } from './reported-versions.ts'
import { recordSigns, registerSources } from './sources.ts'

/** How long the parts of a trace wait for each other, milliseconds. */
const waitsForMs = 7_200_000

/**
 * Stores what a request of OpenTelemetry data says, in one transaction, and adds what is refused to its refusals. The same request has
 * the same effect once and many times.
 * @param now milliseconds since the epoch
 * @param configured metrics that the configuration declares
 * @param registered sources that this process has registered; those of this request are added
 */
export async function ingestTelemetry(
  db: Database,
  telemetry: Telemetry,
  now: number,
  { configured, registered }: { configured: readonly MetricDeclaration[]; registered: Set<string> },
): Promise<void> {
  const { performers, senders, executions, calls, messages, passages, reports } = telemetry
  const contributions = await selectUsable(db, telemetry, configured)
  await inTransaction(db, async (db) => {
    const assumed = await registerSources(db, [...performers.values()], now, { configured, registered })
    await recordSigns(db, [...new Map([...senders, ...performers]).values()], now)
    await insertTelemetryExecutions(db, executions, assumed)
    await insertContributions(db, contributions)
    await movePassages(db, passages)
    await insertCalls(db, calls, assumed)
    await insertTelemetryMessages(db, messages, assumed)
    await insertSelfReports(db, reports)
  })
  const spanIds = new Set([...executions.map(({ id }) => id), ...passages.map(({ above }) => above)])
  await settleContributions(db, [...spanIds], contributions)
  await matchCalls(db, calls)
  for (const key of performers.keys()) registered.add(key)
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
  return contributions.filter(({ isScore, metrics }) => {
    const problem = isScore && validateReportedMetrics(catalogue, metrics)
    if (problem) refusals.add(`is a score that cannot be used: ${problem}`)
    return !problem
  })
}

async function insertSelfReports(db: Database, reports: readonly TelemetryReport[]): Promise<void> {
  const rows = reports.map(({ at, agentId, instanceId, values }) => ({ timestamp: new Date(at), agentId, instanceId, ...values }))
  await insertInChunks(rows, (chunk) => db.insertInto('agentSelfReports').values(chunk).execute())
}

/** Deletes parts of traces whose other parts did not come. */
export async function deleteWaitingTelemetry(db: Database, now: number): Promise<void> {
  const before = new Date(now - waitsForMs)
  await db.deleteFrom('telemetryContributions').where('receivedAt', '<', before).execute()
  await db.deleteFrom('telemetryPassages').where('receivedAt', '<', before).execute()
  await db.deleteFrom('telemetryCalls').where('receivedAt', '<', before).execute()
}
