/**
 * Settings that do not come into force through the client of a live process: files, webhooks, environments, restarts; and agents that speak
 * the protocol themselves.
 */
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KnobInput, KnobValues } from '../../../src/agent/index.ts'
import { TelemetryPresence } from '../../../src/api/gateway/telemetry-presence.ts'
import { Followers } from '../../../src/importing/followers.ts'
import { importSqlite } from '../../../src/importing/import.ts'
import { externalDatabaseSchema } from '../../../src/model/external-database.ts'
import { importMappingSchema } from '../../../src/model/import-mapping.ts'
import { collectSnapshot } from '../../../src/sources/collect.ts'
import { listAgentInstances } from '../../../src/store/agents.ts'
import { classifyInstances } from '../../../src/store/instance-liveness.ts'
import { findTrial } from '../../../src/store/trials.ts'
import type { TelemetryInstance } from '../../../src/telemetry/identity.ts'
import { eventually } from '../../support/eventually.ts'
import { installExample, isRegistryAway } from '../../support/node-example.ts'
import { span, tracesOf } from '../../support/otlp.ts'
import { installPackages } from '../../support/python.ts'
import { type ReceivingWebhook, startWebhook, webhookSecret } from '../../support/receiving-webhook.ts'
import { startRestartingFleet } from '../../support/restarting-instance.ts'
import { startStandInModel } from '../../support/stand-in-model.ts'
import { System } from '../../support/system.ts'
import { startTradingBot } from '../../support/trading-bot.ts'
import { knownInstances, tryChange } from '../../support/trials.ts'

const agentId = 'file-bot'
const knobs: KnobInput[] = [{ name: 'pauseMs', type: 'int', min: 1, max: 100, default: 20, purpose: 'computation' }]
const folder = mkdtempSync(join(tmpdir(), 'optimizer-settings-'))
const instances = [1, 2, 3].map((number) => `${agentId}-${number}`)
const ended = new AbortController()
/** Enough for every restart here, however busy the machine is. */
const restartMs = 30_000
const example = new URL('../../../examples/python-otel/', import.meta.url)

let webhook: ReceivingWebhook
let system: System
beforeAll(async () => {
  const settings = { file: join(folder, '{agentId}', '{instanceId}.json'), knobs }
  const { telemetry } = JSON.parse(readFileSync(new URL('optimizer.config.json', example), 'utf8'))
  const [python] = telemetry.agents
  const own = { agentId, match: { 'service.name': agentId }, settings }
  webhook = await startWebhook()
  const posted = {
    agentId: 'web-bot',
    match: { 'service.name': 'web-bot' },
    settings: { webhook: { url: `${webhook.url}/{instanceId}`, secret: webhookSecret }, knobs },
  }
  const started = {
    agentId: 'env-bot',
    match: { 'service.name': 'env-bot' },
    settings: { environment: join(folder, '{instanceId}.env'), knobs },
  }
  // Stands for a supervisor: the agent sees the file change and starts again.
  const restarts = [{ agentId: 'env-bot', command: ['touch', join(folder, '{instanceId}.restart')] }]
  const ofExample = {
    ...python,
    agentId: 'python-bot',
    settings: { ...python.settings, file: join(folder, '{instanceId}.json') },
  }
  const mute = { agentId: 'mute-bot', match: { 'service.name': 'mute-bot' }, settings: { ...settings, takesEffectSeconds: 1 } }
  const trader = { agentId: 'trading-bot', match: { 'service.name': 'trading-bot' }, settings }
  system = await System.start(
    { maxSamples: 120, restartMs },
    { telemetry: { ...telemetry, agents: [own, posted, started, ofExample, mute, trader] }, restarts },
  )
  system.startWorker()
  for (const instance of instances) void work(agentId, instance, () => settingsOf(instance))
})
afterAll(async () => {
  ended.abort()
  await system?.stop()
  await webhook?.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Settings {
  /** Undefined if the agent does not tell it. */
  version?: number
  values: KnobValues
}

const settingsOf = (instance: string, of = agentId): Settings => {
  try {
    return JSON.parse(readFileSync(join(folder, of, `${instance}.json`), 'utf8')) as { version: number; values: KnobValues }
  } catch {
    return { values: { pauseMs: 20 } }
  }
}

/** Works, and exports its spans a few times a second. */
async function work(agentId: string, instance: string, readSettings: () => Settings): Promise<void> {
  let spans: object[] = []
  for (let exportedAt = Date.now(); !ended.signal.aborted; ) {
    const { version, values } = readSettings()
    const durationMs = Number(values.pauseMs) * (0.8 + 0.4 * Math.random())
    await sleep(durationMs)
    spans.push(span({ durationMs, attributes: version === undefined ? {} : { 'optimizer.configuration.version': version } }))
    if (Date.now() - exportedAt < 300) continue
    const body = gzipSync(JSON.stringify(tracesOf(agentId, spans, instance)))
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const answer = await fetch(`${system.apiUrl}/v1/traces`, { method: 'POST', headers, body }).catch(() => undefined)
    if (answer?.status === 200) spans = []
    exportedAt = Date.now()
  }
}

test.concurrent('a change through the settings file is confirmed by telemetry, kept on every instance, and undone by one command', async () => {
  await eventually('all instances to be live', async () => {
    const { live } = await classifyInstances(system.db, agentId)
    return live.length === instances.length || undefined
  })
  const { trialId, result } = await tryChange(system, agentId, { pauseMs: 2 })
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  expect(await findTrial(system.db, trialId)).toMatchObject({ design: 'concurrent', state: 'kept' })
  const kept = instances.map((instance) => settingsOf(instance).values)
  expect(kept).toEqual(Array(3).fill({ pauseMs: 2 }))

  await (await system.client.rollBack(trialId)).result()
  expect(instances.map((instance) => settingsOf(instance).values)).toEqual(Array(3).fill({ pauseMs: 20 }))
  const rows = await system.db
    .selectFrom('agentInstances')
    .where('agentId', '=', agentId)
    .select(['effectiveValues', 'transport'])
    .execute()
  expect(rows).toEqual(Array(3).fill({ effectiveValues: { pauseMs: 20 }, transport: 'otlp' }))
})

test.concurrent('an agent known only through its trading.db of document 002 is imported, tuned through its settings file, and undone', async ({
  onTestFinished,
}) => {
  const { db, config } = system.client
  const bots = ['trading-1', 'trading-2'].map((instance) => {
    const settingsFile = join(folder, 'trading-bot', `${instance}.json`)
    return {
      instance,
      ...startTradingBot({ name: 'Trading Bot', path: join(folder, `${instance}.db`), settingsFile }, ended.signal),
    }
  })
  for (const { path } of bots) {
    const imported = { path, mapping: importMappingSchema.parse({}), retentionDays: 30, isDryRun: false }
    expect((await importSqlite(db, imported)).tables).toMatchObject([{ table: 'agent_executions', refused: 0 }])
  }
  const { performance_engine_agent: engine, telemetry, metrics } = config
  const databaseUrl = system.urls.postgres
  const ignore = () => undefined
  const presence = new TelemetryPresence(db, telemetry.liveSeconds * 1_000, ignore)
  presence.start()
  onTestFinished(() => presence.stop())
  const onHeard = (sources: TelemetryInstance[]) => void presence.hear(sources, Date.now()).catch(ignore)
  const followers = new Followers({ databaseUrl, engine, telemetry, metrics, onHeard, info: ignore, warn: ignore })
  followers.start(bots.map(({ instance: name, path: sqlite }) => externalDatabaseSchema.parse({ name, sqlite, everySeconds: 1 })))
  onTestFinished(() => followers.stop())
  await knownInstances(system, 'trading-bot', 2)

  const { trialId, result } = await tryChange(system, 'trading-bot', { pauseMs: 2 })
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  expect(await findTrial(db, trialId)).toMatchObject({ design: 'concurrent', state: 'kept' })
  expect(bots.map((bot) => bot.values())).toEqual(Array(2).fill({ pauseMs: 2 }))
  await (await system.client.rollBack(trialId)).result()
  expect(bots.map((bot) => bot.values())).toEqual(Array(2).fill({ pauseMs: 20 }))
})

test.concurrent('a change through a webhook is confirmed by its answer, though no span names a version, and is undone', async () => {
  const instances = ['web-bot-1', 'web-bot-2']
  for (const instance of instances)
    void work('web-bot', instance, () => ({ values: webhook.received.get(instance)?.values ?? { pauseMs: 20 } }))
  await knownInstances(system, 'web-bot', 2)
  const { trialId, result } = await tryChange(system, 'web-bot', { pauseMs: 2 })
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  expect(instances.map((instance) => webhook.received.get(instance)!.values)).toEqual(Array(2).fill({ pauseMs: 2 }))
  await (await system.client.rollBack(trialId)).result()
  expect(instances.map((instance) => webhook.received.get(instance)!.values)).toEqual(Array(2).fill({ pauseMs: 20 }))
  expect(webhook.unsigned).toBe(0)
})

test.concurrent('a change of the settings file that no span confirms is tried by instance and time, and marked as weaker evidence', async () => {
  const bots = [1, 2, 3].map((number) => `mute-bot-${number}`)
  for (const bot of bots) void work('mute-bot', bot, () => ({ values: settingsOf(bot, 'mute-bot').values }))
  await knownInstances(system, 'mute-bot', 3)
  const { trialId, result } = await tryChange(system, 'mute-bot', { pauseMs: 2 })
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  const { issues } = (await findTrial(system.db, trialId))!
  expect(issues).toContainEqual(expect.stringMatching(/^no instance confirmed its settings, .* weaker evidence$/))
  expect(bots.map((bot) => settingsOf(bot, 'mute-bot').values)).toEqual(Array(3).fill({ pauseMs: 2 }))
  await (await system.client.rollBack(trialId)).result()
  expect(bots.map((bot) => settingsOf(bot, 'mute-bot').values)).toEqual(Array(3).fill({ pauseMs: 20 }))
})

test.concurrent('a change of the environment takes effect through the command that restarts each instance, and is undone likewise', async () => {
  const instances = ['env-bot-1', 'env-bot-2']
  const environments = new Map<string, Settings>()
  /** The values that the process of an instance read when it last started. */
  const startedWith = (instance: string) => {
    const mark = join(folder, `${instance}.restart`)
    if (existsSync(mark)) {
      rmSync(mark)
      const text = readFileSync(join(folder, `${instance}.env`), 'utf8')
      const variables = Object.fromEntries(
        text
          .trim()
          .split('\n')
          .map((line) => line.split('=')),
      )
      environments.set(instance, {
        version: Number(variables.OPTIMIZER_CONFIGURATION_VERSION),
        values: { pauseMs: Number(variables.PAUSE_MS) },
      })
    }
    return environments.get(instance) ?? { values: { pauseMs: 20 }, version: 1 }
  }
  for (const instance of instances) void work('env-bot', instance, () => startedWith(instance))
  await knownInstances(system, 'env-bot', 2)
  const { trialId, result } = await tryChange(system, 'env-bot', { pauseMs: 2 })
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  expect([...environments.values()].map(({ values }) => values)).toEqual(Array(2).fill({ pauseMs: 2 }))
  await (await system.client.rollBack(trialId)).result()
  expect([...environments.values()].map(({ values }) => values)).toEqual(Array(2).fill({ pauseMs: 20 }))
})

test.concurrent('a knob that takes effect only on a restart is tried by restarting one instance at a time, and undone likewise', async ({
  onTestFinished,
}) => {
  const options = { agentId: 'restart-bot', optimizer: system.apiUrl }
  const { fleet, restarting } = await startRestartingFleet(options, 3, onTestFinished)
  await knownInstances(system, 'restart-bot', 3)
  const { trialId, result } = await tryChange(system, 'restart-bot', { pauseMs: 2 })
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  expect(fleet.map(({ values }) => values)).toEqual(Array(3).fill({ pauseMs: 2 }))
  await (await system.client.rollBack(trialId)).result()
  expect(fleet.map(({ values }) => values)).toEqual(Array(3).fill({ pauseMs: 20 }))
  expect(restarting.most).toBe(1)
})

test.concurrent('an instance that is asked to restart and does not ends the trial, and nothing is changed', async ({
  onTestFinished,
}) => {
  await startRestartingFleet({ agentId: 'deaf-bot', optimizer: system.apiUrl, isDeaf: true }, 2, onTestFinished)
  await knownInstances(system, 'deaf-bot', 2)
  const { trialId, result } = await tryChange(system, 'deaf-bot', { pauseMs: 2 })
  const { verdict, reason } = await result()
  expect(verdict).toBe('undecided')
  expect(reason).toMatch(/was asked to restart .* and has not announced version 2 since/)
  expect(await findTrial(system.db, trialId)).toMatchObject({ state: 'restored' })
  const inForce = (await listAgentInstances(system.db, 'deaf-bot')).map(({ effectiveValues }) => effectiveValues)
  expect(inForce).toEqual(Array(2).fill({ pauseMs: 20 }))
})

test.concurrent('the example in Python is tried through its settings file, undone, and its figures are those of its own logs', async ({
  onTestFinished,
}) => {
  const instances = [1, 2, 3].map((number) => `otel-bot-${number}`)
  const PYTHONPATH = await installPackages(example)
  const agents = instances.map((INSTANCE_ID) => {
    const agent = spawn('python3', [fileURLToPath(new URL('agent.py', example))], {
      env: {
        ...process.env,
        PYTHONPATH,
        OTEL_EXPORTER_OTLP_ENDPOINT: system.apiUrl,
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        INSTANCE_ID,
        SETTINGS_FILE: join(folder, `${INSTANCE_ID}.json`),
        LOG_FILE: join(folder, `${INSTANCE_ID}.log`),
      },
      stdio: 'ignore',
    })
    onTestFinished(() => void agent.kill())
    return agent
  })
  await knownInstances(system, 'python-bot', 3)
  const { trialId, result } = await tryChange(system, 'python-bot', { context_chunks: 5 })
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  const told = () =>
    instances.map((instance) => JSON.parse(readFileSync(join(folder, `${instance}.json`), 'utf8')).values.context_chunks)
  expect(told()).toEqual([5, 5, 5])
  await (await system.client.rollBack(trialId)).result()
  expect(told()).toEqual([30, 30, 30])
  const rows = await listAgentInstances(system.db, 'python-bot')
  expect(rows.map(({ effectiveValues }) => effectiveValues)).toEqual(Array(3).fill({ context_chunks: 30 }))

  // Told to stop, they finish their answer and export what they still have.
  await Promise.all(agents.map((agent) => new Promise((resolve) => agent.once('exit', resolve) && agent.kill())))
  const logged = instances.flatMap((instance) => readLog(join(folder, `${instance}.log`)))
  const recorded = await eventually('everything that was logged to be recorded', async () => {
    const executions = await system.db
      .selectFrom('agentExecutions')
      .where('agentName', '=', 'python-bot')
      .select(['instanceId', 'executionTimeMs', 'metrics', 'configurationVersion', 'versionAssumed'])
      .execute()
    return executions.length === logged.length && executions.every(({ metrics }) => metrics?.costUsd !== undefined)
      ? executions
      : undefined
  })
  const sorted = (figures: number[]) => figures.toSorted((a, b) => a - b)
  expect(sorted(recorded.map(({ executionTimeMs }) => Number(executionTimeMs)))).toEqual(sorted(logged.map(({ ms }) => ms)))
  expect(sorted(recorded.map(({ metrics }) => metrics!.costUsd!))).toEqual(sorted(logged.map(({ costUsd }) => costUsd)))
  expect(countBy(recorded.filter(({ versionAssumed }) => !versionAssumed).map((row) => row.configurationVersion))).toEqual(
    countBy(logged.flatMap(({ version }) => version ?? [])),
  )

  const newest = logged.toSorted((a, b) => b.end - a.end).slice(0, 50)
  const meanOf = (figures: number[]) => figures.reduce((sum, figure) => sum + figure, 0) / figures.length
  const request = { db: system.db, now: Date.now(), goal: { start: 0, target: 1 }, agentIds: ['python-bot'] }
  const [profile] = (await collectSnapshot(request)).agents
  expect(profile).toMatchObject({
    decisionCount: 50,
    successRate: 1,
    responseTime: meanOf(newest.map(({ ms }) => ms)),
    metrics: {
      inputTokens: meanOf(newest.map(({ inputTokens }) => inputTokens)),
      outputTokens: meanOf(newest.map(({ outputTokens }) => outputTokens)),
    },
  })
})

interface LoggedAnswer {
  /** Nanoseconds since the epoch, as nearly as a number has them. */
  end: number
  ms: number
  inputTokens: number
  outputTokens: number
  costUsd: number
  version: number | undefined
}

/** The answers of an instance, from its own log: a line for each call of the model, and then one for the answer. */
function readLog(file: string): LoggedAnswer[] {
  // Nanoseconds are more than a number holds.
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const spans = lines.map((line) => JSON.parse(line.replaceAll(/"(start|end)": (\d+)/g, '"$1": "$2"')))
  const calls = spans.filter(({ name }) => name !== 'answer')
  const answers = spans.filter(({ name }) => name === 'answer')
  expect(calls).toHaveLength(answers.length)
  return answers.map(({ start, end, ...answer }, index) => {
    const [inputTokens, outputTokens] = ['input', 'output'].map((side) => calls[index][`gen_ai.usage.${side}_tokens`])
    return {
      end: Number(end),
      ms: Number(BigInt(end) - BigInt(start)) / 1e6,
      inputTokens,
      outputTokens,
      costUsd: (inputTokens * 0.15 + outputTokens * 0.6) / 1e6,
      version: answer['optimizer.configuration.version'],
    }
  })
}

const countBy = (values: (number | null)[]) =>
  Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]))

const pythonExample = new URL('../../../examples/python-agent/', import.meta.url)

test.concurrent('the example in Python over NATS is tried, and its proven change stays in force', async ({ onTestFinished }) => {
  const env = { ...process.env, PYTHONPATH: await installPackages(pythonExample), OPTIMIZER_URL: system.natsUrl }
  const listener = spawn('python3', [fileURLToPath(new URL('listener.py', pythonExample))], {
    env: { ...env, OPTIMIZER_API: system.apiUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void listener.kill())
  let heard = ''
  listener.stdout.on('data', (chunk) => (heard += chunk))
  const trialId = await expectKept(onTestFinished, 'agent.py', env, 'batcher', { linger_ms: 3 })
  const isKept = new RegExp(`^performance.optimization_status .*"trialId": "${trialId}".*"state": "kept"`, 'm')
  await eventually('the listener to hear of it', async () => isKept.test(heard) || undefined)
  expect(heard).not.toContain('does not match')
})

test.concurrent('the example in Python over HTTP, of the standard library alone, is tried as well', async ({
  onTestFinished,
}) => {
  const env = { ...process.env, OPTIMIZER_URL: system.apiUrl }
  await expectKept(onTestFinished, 'http_agent.py', env, 'price-watcher', { batchSize: 1 })
})

/** Starts two instances of an example in Python and tries a change of it, which is kept and comes into force in both. */
async function expectKept(
  onTestFinished: (end: () => void) => void,
  program: string,
  env: NodeJS.ProcessEnv,
  agentId: string,
  values: KnobValues,
): Promise<string> {
  for (const INSTANCE_ID of [`${agentId}-1`, `${agentId}-2`]) {
    const agent = spawn('python3', [fileURLToPath(new URL(program, pythonExample))], {
      env: { ...env, INSTANCE_ID },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    onTestFinished(() => void agent.kill())
  }
  await knownInstances(system, agentId, 2)
  const { trialId, result } = await tryChange(system, agentId, values)
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  expect(await findTrial(system.db, trialId)).toMatchObject({ state: 'kept' })
  // A heartbeat that was on its way may tell the former values once more.
  await eventually('both instances to tell the new value', async () => {
    const told = (await listAgentInstances(system.db, agentId)).map(({ effectiveValues }) => effectiveValues)
    return isDeepStrictEqual(told, [values, values]) || undefined
  })
  return trialId
}

const mastra = new URL('../../../examples/mastra/', import.meta.url)

test('at most 20 lines of the example with Mastra are the optimizer’s', () => {
  const parts = readFileSync(new URL('agent.js', mastra), 'utf8').split(/^ *\/\/ ---$/m)
  const added = parts.filter((_, index) => index % 2 === 1).flatMap((part) => part.trim().split('\n'))
  expect(added.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(20)
})

test.concurrent('the example with Mastra is watched, and tuned', async ({ skip, onTestFinished }) => {
  const installed = await installExample(mastra).catch((error) => {
    if (isRegistryAway(error)) skip(`its packages cannot be fetched: ${error.message}`)
    throw error
  })
  // Node runs no TypeScript below node_modules.
  const client = join(installed, 'node_modules/performance-optimizer')
  mkdirSync(client, { recursive: true })
  writeFileSync(join(client, 'package.json'), JSON.stringify({ type: 'module', exports: { './agent': './agent.js' } }))
  const source = new URL('../../../src/agent/index.ts', import.meta.url).href
  writeFileSync(join(client, 'agent.js'), `export * from ${JSON.stringify(source)}`)
  const program = join(installed, 'agent.js')
  copyFileSync(fileURLToPath(new URL('agent.js', mastra)), program)

  const model = await startStandInModel()
  onTestFinished(() => model.stop())
  for (const INSTANCE_ID of ['mastra-bot-1', 'mastra-bot-2']) {
    const env = { ...process.env, INSTANCE_ID, OPTIMIZER_URL: system.apiUrl, MODEL_URL: model.url }
    const agent = spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    onTestFinished(() => void agent.kill())
  }
  await knownInstances(system, 'mastra-bot', 2)
  const { result } = await tryChange(system, 'mastra-bot', { max_tokens: 20 })
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  const request = { db: system.db, now: Date.now(), goal: { start: 0, target: 1 }, agentIds: ['mastra-bot'] }
  const [profile] = (await collectSnapshot(request)).agents
  expect(profile?.metrics).toMatchObject({ inputTokens: 40, outputTokens: expect.any(Number) })
})
