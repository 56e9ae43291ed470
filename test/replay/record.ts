/**
 * Records how the workflows run today, on a real server with scripted activities, as `histories/*.json`: of `scenarios.ts`, what is
 * not recorded yet. Recorded histories stay as they are, since workflows that began so may still run: `node test/replay/record.ts`.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client, Connection, WorkflowHandle } from '@temporalio/client'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { Worker } from '@temporalio/worker'
import { resolveBinary } from '../../src/servers/binaries/index.ts'
import { ensureSearchAttributes } from '../../src/temporal/ensure-search-attributes.ts'
import { writeWorkflowBundle } from '../../src/temporal/workflow-bundle.ts'
import { installQuietRuntime } from '../support/runtime.ts'
import { taskQueue } from '../support/workflows.ts'
import { histories, historyToObject } from './histories.ts'
import { activities, scenarios } from './scenarios.ts'

const identity = 'recorder'
const repository = new URL('../../', import.meta.url)
const fileOf = (name: string) => new URL(`${name}.json`, histories)

async function record(client: Client): Promise<void> {
  for (const [name, run] of Object.entries(scenarios)) {
    if (existsSync(fileOf(name))) continue
    const recorded = await run(client, name)
    const runs = 'workflowId' in recorded ? { [name]: recorded as WorkflowHandle } : recorded
    for (const [called, handle] of Object.entries(runs)) await save(called, handle)
  }
}

async function save(name: string, handle: WorkflowHandle): Promise<void> {
  const history = historyToObject(await handle.fetchHistory())
  // Stack traces name where the repository happens to lie.
  const json = JSON.stringify(history, null, 1).replaceAll(repository.href, '').replaceAll(repository.pathname, '')
  writeFileSync(fileOf(name), `${json}\n`)
  console.log(`Recorded ${name}.`)
}

installQuietRuntime()
/** Workflows that run for ever continue as new after so many events. */
const soon = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=150']
const environment = await TestWorkflowEnvironment.createLocal({
  client: { identity },
  server: { executable: { type: 'existing-path', path: await resolveBinary('temporal') }, extraArgs: soon },
})
await ensureSearchAttributes(environment.connection as Connection, environment.namespace ?? 'default')
const folder = mkdtempSync(join(tmpdir(), 'optimizer-record-'))
const codePath = join(folder, 'workflows.js')
await writeWorkflowBundle(codePath)
const worker = await Worker.create({
  connection: environment.nativeConnection,
  identity,
  taskQueue,
  workflowBundle: { codePath },
  activities,
})
await worker.runUntil(record(environment.client))
await environment.teardown()
rmSync(folder, { recursive: true, force: true })
