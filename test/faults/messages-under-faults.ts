import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { OptimizerClient } from '../../src/client/optimizer.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { monitoringWorkflowId } from '../../src/contract/workflows.ts'
import { connectNats } from '../../src/messaging/connection.ts'
import type { KnobValues } from '../../src/model/knob.ts'
import { claimPort } from '../../src/servers/ports.ts'
import { SupervisedProcess } from '../../src/servers/supervised-process.ts'
import { recordReadings } from '../../src/store/components.ts'
import type { Database } from '../../src/store/database.ts'
import { listOutboxMessages } from '../../src/store/outbox.ts'
import { ensurePartitions } from '../../src/store/partitions.ts'
import { listOpenTrials } from '../../src/store/trials.ts'
import { startMonitoring } from '../../src/temporal/starters.ts'
import { eventually } from '../support/eventually.ts'
import { startKillableNats } from '../support/nats.ts'
import { shared } from '../support/shared.ts'
import { createTestStore } from '../support/store.ts'
import { quickTrials } from '../support/system.ts'
import { createNamespace } from '../support/temporal.ts'
import { TinyInstance } from '../support/tiny-fleet/instance.ts'
import {
  type Comparison,
  compareMessages,
  findUntold,
  listRecordedMessages,
  readStreams,
  recordMessages,
  type StatusMessage,
} from './recorded-messages.ts'

const agentIds = ['agent-1', 'agent-2', 'agent-3']
const changes: KnobValues[] = [{ route: 'shortcut' }, { route: 'detour' }, { route: 'usual' }, { rounds: 7 }, { rounds: 8 }]
/** Kills of the worker, the API and NATS in turns, in the midst of whatever they publish. */
const shortKills = 12
const quietMs = 15_000

export interface MessagesUnderFaults {
  /** The messages that a reader of the stream gets afterwards. */
  stream: Comparison
  /** The messages that a program got which listened all the time, without JetStream. */
  listener: Comparison
  trials: number
  violations: string[]
}

/**
 * Trials and readings, while NATS is killed for `outageMs`, the API and the worker meanwhile, and then each of them again and again. Every
 * status message that was recorded has to arrive, once after deduplication.
 */
export async function messagesUnderFaults(outageMs: number, log: (line: string) => void): Promise<MessagesUnderFaults> {
  const folder = mkdtempSync(join(tmpdir(), 'optimizer-messages-'))
  const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    const [server, store, { address, namespace }] = await Promise.all([startKillableNats(), createTestStore(), createNamespace()])
    stops.push(store.drop, server.stop)
    const { db } = store
    await ensurePartitions(db, new Date(), 7)
    await recordMessages(db)
    const file = join(folder, 'config.json')
    const engine = { monitoring_interval_seconds: 1 }
    writeFileSync(file, JSON.stringify({ dataDir: folder, trials: quickTrials, performance_engine_agent: engine }))
    const env = {
      OPTIMIZER_CONFIG: file,
      DATABASE_URL: store.url,
      NATS_URL: server.url,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      OPTIMIZER_WORKFLOW_BUNDLE: shared('workflowBundle'),
      OPTIMIZER_API_PORT: String(await claimPort(0, 'the API', '')),
    }
    const connection = await Connection.connect({ address })
    const client = new OptimizerClient(new Client({ connection, namespace }), db, loadConfig(env))
    stops.push(() => connection.close())
    const [worker, api] = ['worker', 'api'].map((name) => superviseProgram(name, folder, env))
    stops.push(worker!.stop, api!.stop)
    const listener = await connectNats(server.url, 'a listener')
    const heard: StatusMessage[] = []
    listener.subscribe('performance.>', {
      callback: (_, message) =>
        void heard.push({ id: message.headers?.get('Nats-Msg-Id') ?? '', subject: message.subject, content: message.string() }),
    })
    stops.push(() => listener.close())
    for (const agentId of agentIds)
      for (const number of [1, 2]) {
        const instance = await TinyInstance.start({ agentId, instanceId: `${agentId}-${number}`, natsUrl: server.url })
        stops.push(() => instance.stop())
      }
    await startMonitoring({ temporal: client.temporal, taskQueue: client.taskQueue })

    const trying = new AbortController()
    const lanes = [...agentIds.map((agentId) => keepTrying(client, agentId, trying.signal)), keepReading(db, trying.signal)]
    await eventually('a trial to begin', async () => ((await listOpenTrials(db)).length > 0 ? true : undefined))
    await sleep(quietMs)
    log(`NATS is killed for ${outageMs / 1_000} s`)
    await server.kill()
    for (const kill of [api!.kill, worker!.kill]) {
      await sleep(outageMs / 3)
      await kill()
    }
    await sleep(outageMs / 3)
    await server.start()
    await sleep(quietMs)
    log('The worker, the API and NATS are killed again and again')
    for (let round = 0; round < shortKills; round++) {
      await sleep(1_000 + Math.random() * 3_000)
      if (round % 3 === 0) await worker!.kill()
      if (round % 3 === 1) await api!.kill()
      if (round % 3 === 2) {
        await server.kill()
        await sleep(Math.random() * 2_000)
        await server.start()
      }
    }
    trying.abort()
    await Promise.all(lanes)
    log('Everything is left alone, until all trials have ended and all messages are sent')
    await eventually('the trials to end', async () => ((await listOpenTrials(db)).length === 0 ? true : undefined))
    await client.temporal.workflow.getHandle(monitoringWorkflowId).terminate()
    await eventually('the outbox to be empty', async () => ((await listOutboxMessages(db, 1)).length === 0 ? true : undefined))

    await listener.flush()
    const recorded = await listRecordedMessages(db)
    const received = await readStreams(listener)
    const [stream, listened] = [compareMessages(recorded, received), compareMessages(recorded, heard)]
    const untold = await findUntold(db, received)
    const { trials } = await db
      .selectFrom('trials')
      .select(({ fn }) => fn.countAll<number>().as('trials'))
      .executeTakeFirstOrThrow()
    const wrong = (['lost', 'changed', 'outOfOrder'] as const).filter((what) => stream[what] > 0)
    return {
      stream,
      listener: listened,
      trials,
      violations: [...wrong.map((what) => `${stream[what]} messages ${what}`), ...untold],
    }
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

/** A program of the optimizer that is started again when it dies, as `npm start` does. */
function superviseProgram(name: string, folder: string, env: Record<string, string>) {
  let child: ChildProcess | undefined
  const supervised = new SupervisedProcess({
    command: { file: process.execPath, args: [fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url))], env },
    logFile: join(folder, `${name}.log`),
    onMessage: () => {},
    onLaunch: (launched) => {
      child = launched
    },
    stopSignal: 'SIGKILL',
    stopTimeoutMs: 1_000,
  })
  supervised.launch()
  supervised.supervise()
  return {
    stop: () => supervised.stop(),
    /** SIGKILL; nothing happens while it is being started again. */
    async kill(): Promise<void> {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Trials of an agent, one after the other. */
async function keepTrying(client: OptimizerClient, agentId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const change = changes[Math.floor(Math.random() * changes.length)]!
    // Refused where it is in force, or while NATS is away.
    const trial = await client.tryChange(agentId, change, 'a test').catch(() => undefined)
    await trial?.result(signal).catch(() => undefined)
    await sleep(500, undefined, { signal }).catch(() => undefined)
  }
}

/** Readings of databases, as the monitoring of a larger fleet records them. */
async function keepReading(db: Database, signal: AbortSignal): Promise<void> {
  const kind = 'other' as const
  while (!signal.aborted) {
    const at = new Date()
    const readings = Array.from({ length: 5 }, (_, index) => ({ component: `database-${index}`, kind, at, cpuPercent: 50 }))
    await recordReadings(db, readings, 100)
    await sleep(100, undefined, { signal }).catch(() => undefined)
  }
}
