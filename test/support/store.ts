/** A migrated database of one's own, and what agents send, well formed unless a test says otherwise. */
import { randomUUID } from 'node:crypto'
import type { Announcement, Execution, Message, ReportBatch } from '../../src/messaging/protocol.ts'
import { type Knob, type KnobInput, knobSchema } from '../../src/model/knob.ts'
import type { Strategy } from '../../src/model/strategy.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { createMigratedTestDatabase } from './database.ts'

export interface TestStore {
  db: Database
  url: string
  drop(): Promise<void>
}

export async function createTestStore(): Promise<TestStore> {
  const { url, drop } = await createMigratedTestDatabase()
  const db = openDatabase(url)
  return {
    db,
    url,
    async drop() {
      await db.destroy()
      await drop()
    },
  }
}

export function intKnob(name: string, known: Partial<Extract<KnobInput, { type: 'int' }>> = {}): Knob {
  return knobSchema.parse({ name, type: 'int', min: 1, max: 10, default: 2, purpose: 'caching', ...known })
}

export function announcement(agentId: string, instanceId: string, known: Partial<Announcement> = {}): Announcement {
  const knobs = [intKnob('cacheSize'), intKnob('parallelism')]
  return { agentId, instanceId, kind: agentId, transport: 'nats', knobs, metrics: [], sentAt: Date.now(), ...known }
}

export function execution(known: Partial<Execution> = {}): Execution {
  return { id: randomUUID(), at: Date.now(), type: 'decision_cycle', durationMs: 100, success: true, version: 1, ...known }
}

export function message(known: Partial<Message> = {}): Message {
  return { id: randomUUID(), at: Date.now(), to: 'analyzer', type: 'signal', latencyMs: 5, delivered: true, version: 1, ...known }
}

export function batch(agentId: string, instanceId: string, known: Partial<ReportBatch> = {}): ReportBatch {
  return {
    agentId,
    instanceId,
    batchId: randomUUID(),
    sentAt: Date.now(),
    executions: [],
    decisions: [],
    messages: [],
    states: [],
    selfReports: [],
    scores: [],
    ...known,
  }
}

export function strategyFor(agentId: string, id: string): Strategy {
  return {
    id,
    type: 'agent_response_time',
    priority: 'high',
    targetComponent: agentId,
    agentId,
    targetMetric: 'responseTime',
    description: `Raise cacheSize from 2 to 4, to make ${agentId} respond faster`,
    expectedImprovement: 17.5,
    implementationTime: 120_000,
    actions: [{ description: 'Enlarge the cache', agentId, knob: 'cacheSize', from: 2, to: 4 }],
    successMetrics: [{ description: 'Response time < 2000ms', metric: 'responseTime', aim: 'at-most', limit: 2000 }],
    rollbackPlan: 'Put cacheSize back to 2',
  }
}

/** How many executions of an agent are on record. */
export async function countExecutions(db: Database, agentId: string): Promise<number> {
  const { count } = await db
    .selectFrom('agentExecutions')
    .where('agentName', '=', agentId)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** Everything that is monitored, with its newest reading. */
export const listMonitored = (db: Database) => db.selectFrom('components').orderBy('seenAt').selectAll().execute()
