import { setTimeout as sleep } from 'node:timers/promises'
import type { temporal } from '@temporalio/proto'
import Table from 'cli-table3'
import { sql } from 'kysely'
import type { OptimizerClient } from '../src/client/optimizer.ts'
import { knobSchema } from '../src/model/knob.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { type BenchInstallation, startBenchInstallation } from './bench-installation.ts'
import { fillLargeFleet } from './large-fleet.ts'
import type { Bench } from './timing.ts'

const fleets = [3, 10_000]
const reportEveryMs = 200
const executionsPerReport = 5

/** The records that a workflow leaves behind in Temporal. */
interface Footprint {
  name: string
  events: number
  historyBytes: number
  /** Of all payloads together. */
  payloadBytes: number
  /** The largest, and whose it is. */
  largest: { bytes: number; of: string }
}

/** The history and the payloads of a cycle with its trials, over three agents and over ten thousand. */
export const cycle: Bench = {
  name: 'cycle',
  async run() {
    const table = new Table({
      head: ['agents', 'workflow', 'events', 'history, KiB', 'payloads, KiB', 'largest payload, bytes', 'seconds'],
      style: { head: [], border: [] },
    })
    for (const agents of fleets) {
      const installation = await startBenchInstallation({
        thresholds: { responseTimeMs: 500 },
        trials: { maxSamples: 100, observeMs: 60_000, watchMs: 0 },
      })
      try {
        for (const row of await measure(installation, agents)) table.push(row)
      } finally {
        await installation.stop()
      }
    }
    console.log(table.toString())
    return []
  },
}

async function measure({ client, addresses }: BenchInstallation, agents: number): Promise<(string | number)[][]> {
  // Filling it may take longer than a statement of the optimizer may.
  const db = openDatabase(addresses.postgres, { isLimited: false })
  await fillLargeFleet(db, agents)
  await makeTunable(db)
  const stopping = new AbortController()
  const playing = playInstances(db, stopping.signal)
  const from = performance.now()
  const started = await client.startCycle()
  const { outcomes } = await started.result()
  const seconds = ((performance.now() - from) / 1_000).toFixed(0)
  stopping.abort()
  await playing
  await db.destroy()
  console.log(`${agents} agents: ${outcomes.map(({ verdict }) => verdict).join(', ') || 'no trial'}`)
  return (await listFootprints(client, started.workflowId)).map(({ name, events, historyBytes, payloadBytes, largest }) => [
    agents.toLocaleString('en'),
    name,
    events,
    (historyBytes / 1_024).toFixed(1),
    (payloadBytes / 1_024).toFixed(1),
    `${largest.bytes} (${largest.of})`,
    seconds,
  ])
}

/** Gives every agent a knob and a second instance, both live for an hour. */
async function makeTunable(db: Database): Promise<void> {
  const affects = [{ metric: 'responseTime', improves: 'decrease' }]
  const knob = { name: 'rounds', type: 'int', min: 1, max: 64, default: 8, purpose: 'computation', affects }
  const knobs = JSON.stringify([knobSchema.parse(knob)])
  const values = JSON.stringify({ rounds: 8 })
  await sql`update declarations set knobs = ${knobs}`.execute(db)
  // Configurations never change, except here, before anybody has seen them.
  await sql`alter table configurations disable trigger user`.execute(db)
  await sql`update configurations set values = ${values}`.execute(db)
  await sql`alter table configurations enable trigger user`.execute(db)
  await sql`
    update agent_instances set transport = 'http', heartbeat_at = now() + interval '1 hour', effective_version = assigned_version,
      effective_values = ${values}, effective_at = now()`.execute(db)
  await sql`
    insert into agent_instances (agent_id, instance_id, transport, assigned_version, declaration_id, announced_at, declared_at, heard_since,
      heartbeat_at, effective_version, effective_values, effective_at)
    select agent_id, '2', transport, assigned_version, declaration_id, announced_at, declared_at, heard_since, heartbeat_at,
      effective_version, effective_values, effective_at from agent_instances`.execute(db)
  await sql`vacuum analyze`.execute(db)
}

/** Plays the instances of agents with a trial: they confirm what is assigned to them, and report work that their knob does not change. */
async function playInstances(db: Database, signal: AbortSignal): Promise<void> {
  const inTrial = sql`agent_id in (select agent_id from trials where ended_at is null)`
  while (!signal.aborted) {
    await sql`
      update agent_instances set effective_version = assigned_version, effective_at = now(), effective_values = configuration.values
      from configurations configuration
      where configuration.agent_id = agent_instances.agent_id and configuration.version = assigned_version
        and (agent_instances.${inTrial} or effective_version <> assigned_version)`.execute(db)
    await sql`
      insert into agent_executions (timestamp, agent_name, execution_type, output_data, success, execution_time_ms, instance_id,
        configuration_version)
      select now() - random() * interval '0.1 seconds', agent_id, 'decision_cycle', '{"confidence": 0.8}', true, 100 + random() * 2000,
        instance_id, effective_version
      from agent_instances cross join generate_series(1, ${sql.lit(executionsPerReport)}) where ${inTrial}`.execute(db)
    await sleep(reportEveryMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Of the cycle, and the largest of each other workflow that it started. */
async function listFootprints({ temporal }: OptimizerClient, cycleId: string): Promise<Footprint[]> {
  const found = new Map<string, Footprint>()
  for await (const { workflowId, runId, type } of temporal.workflow.list()) {
    const name = workflowId === cycleId ? 'the cycle' : type
    const footprint = await measureWorkflow(temporal.workflow.getHandle(workflowId, runId), name)
    const other = found.get(name)
    if (!other || footprint.historyBytes > other.historyBytes) found.set(name, footprint)
  }
  return [...found.values()].sort((a, b) => b.historyBytes - a.historyBytes)
}

type Handle = ReturnType<OptimizerClient['temporal']['workflow']['getHandle']>
type Payload = temporal.api.common.v1.IPayload

async function measureWorkflow(handle: Handle, name: string): Promise<Footprint> {
  const description = await handle.describe()
  const { events } = await handle.fetchHistory()
  const footprint: Footprint = {
    name,
    events: events?.length ?? 0,
    historyBytes: description.historySize ?? 0,
    payloadBytes: 0,
    largest: { bytes: 0, of: '' },
  }
  const activities = new Map<string, string>()
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes
    if (scheduled) activities.set(String(event.eventId), scheduled.activityType?.name ?? '')
    const of = scheduled
      ? `to ${scheduled.activityType?.name}`
      : (activities.get(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)) ?? 'the workflow')
    for (const bytes of listPayloads(event).map(({ data }) => data?.length ?? 0)) {
      footprint.payloadBytes += bytes
      if (bytes > footprint.largest.bytes) footprint.largest = { bytes, of }
    }
  }
  return footprint
}

/** Every payload within a value. */
function listPayloads(value: unknown): Payload[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  if ('data' in value && 'metadata' in value && value.data instanceof Uint8Array) return [value as Payload]
  return Object.values(value).flatMap(listPayloads)
}
