/** Versions that instances report with their spans: what confirms a settings file. */
import { keyOf, type Source } from '../../telemetry/identity.ts'
import type { TelemetryExecution } from '../../telemetry/telemetry.ts'
import { recordAcknowledgement } from '../agents.ts'
import { findConfiguration } from '../configurations.ts'
import type { Database } from '../database.ts'
import { loadInstanceValues } from '../deliveries.ts'

/** A version that an older execution reports may have changed since; milliseconds. */
const currentForMs = 60_000

/**
 * Records the version in force in instances with a settings file: the one that the execution reports that began last. An agent that reads
 * its file whole runs with all of the values of the version that it reports.
 */
export async function recordReportedVersions(
  db: Database,
  sources: readonly Source[],
  executions: readonly TelemetryExecution[],
  now: number,
): Promise<void> {
  const steered = new Set(sources.filter(({ knobs }) => knobs !== undefined).map(keyOf))
  if (steered.size === 0) return
  const latest = new Map<string, TelemetryExecution>()
  for (const execution of executions) {
    const key = keyOf(execution)
    if (execution.version === undefined || !steered.has(key) || execution.at < now - currentForMs) continue
    const other = latest.get(key)
    if (!other || startOf(execution) >= startOf(other)) latest.set(key, execution)
  }
  for (const { agentId, instanceId, version } of latest.values()) {
    const configuration = await findConfiguration(db, agentId, version!)
    if (!configuration) continue
    const values = (await loadInstanceValues(db, agentId, configuration.values)).get(instanceId)
    if (!values) continue
    const inForce = { version: version!, values }
    await recordAcknowledgement(db, { agentId, instanceId, version: version!, status: 'applied', inForce }, now)
  }
}

const startOf = ({ at, durationMs }: TelemetryExecution) => at - durationMs
