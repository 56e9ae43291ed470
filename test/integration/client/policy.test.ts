import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OptimizerClient } from '../../../src/client/optimizer.ts'
import { optimizerWorkflowId } from '../../../src/contract/workflows.ts'
import type { Command } from '../../../src/model/commands.ts'
import { findPause } from '../../../src/store/pause.ts'
import { System } from '../../support/system.ts'
import { createNamespace } from '../../support/temporal.ts'
import { tryChange } from '../../support/trials.ts'

let system: System
beforeAll(async () => {
  system = await System.start()
  system.startWorker()
  await system.startAgent('hunter', 1, { unitsASecond: 0 })
})
afterAll(() => system?.stop())

const given: [Command, reason: string][] = [
  [{ type: 'setAggressiveness', level: 5 }, 'a quiet weekend'],
  [{ type: 'focusOnAgent', agentId: 'hunter' }, 'a complaint'],
  [{ type: 'reduceResourceConsumption' }, 'a bill'],
  [{ type: 'pause' }, 'a release'],
]
const inForce = { aggressiveness: 5, aggressivenessAsked: 5, focus: 'hunter', resourceMode: 'reduce', paused: true }

async function optimizer(...args: string[]): Promise<string> {
  const program = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))
  const env = { ...process.env, ...system.environment, COLUMNS: '80' }
  return (await promisify(execFile)(process.execPath, [program, ...args], { env })).stdout
}

describe('a policy that people have set', () => {
  beforeAll(async () => {
    for (const [command, reason] of given) await system.client.command(command, 'ada', reason)
  })

  test('is taken over by the new workflow after the one that held it was terminated', async () => {
    await system.client.temporal.workflow.getHandle(optimizerWorkflowId).terminate()
    expect(await system.client.status()).toMatchObject({ policy: inForce })

    // Whoever carries out a trial reads the policy, which starts the workflow.
    const outcome = await (await tryChange(system, 'hunter', { padding: 1 })).result()
    expect(outcome.reason).toMatch(/^ada paused the optimizer at .* \(a release\)/)
    expect((await system.client.temporal.workflow.getHandle(optimizerWorkflowId).describe()).status.name).toBe('RUNNING')
    expect(await system.client.status()).toMatchObject({ policy: inForce })

    expect(await system.client.command({ type: 'decreaseAggressiveness' }, 'bob', 'a try')).toMatchObject({
      ...inForce,
      aggressiveness: 4,
      aggressivenessAsked: 4,
    })
  })

  test('is known even if Temporal has lost it', async () => {
    const { address, namespace } = await createNamespace()
    const temporal = new Client({ connection: await Connection.connect({ address }), namespace })
    const elsewhere = new OptimizerClient(temporal, system.db, system.client.config)
    expect(await elsewhere.status()).toMatchObject({ policy: { focus: 'hunter', resourceMode: 'reduce', paused: true } })
    await temporal.connection.close()
  })

  test('is shown with its time, author and reason, and the previous value', async () => {
    const shown = await optimizer('policy')
    expect(shown).toMatch(/focus +│ hunter +│ \d{4}-\S+ +│ ada +│ a complaint/)
    expect(shown).toMatch(/reputation +│ 0\.70 +│ default/)
    const history = await optimizer('policy', '--history')
    expect(history.split('\n')[0]).toMatch(/^\S+Z {2}(requested )?aggressiveness 5 → 4, by bob: a try$/)
    expect(history).toContain('focus the whole fleet → hunter, by ada: a complaint')
    expect(history).toContain('paused no → yes, by ada: a release')
    const answer = await fetch(`${system.apiUrl}/api/policy`)
    expect(await answer.json()).toContainEqual({
      field: 'paused',
      label: 'paused',
      value: true,
      text: 'yes',
      since: expect.any(String),
      by: 'ada',
      why: 'a release',
    })
  })

  test('is shown in 80 columns, and so are agents, cycles and reports, which filters narrow', async () => {
    const asked = [
      ['policy'],
      ['status', '--agent', 'hunter'],
      ['agents'],
      ['cycles', '--since', '1h'],
      ['bottlenecks', '--agent', 'hunter', '--since', '1h'],
      ['alerts', '--agent', 'nobody'],
      ['report', '--since', '1h'],
      ['policy', '--history', '--since', '2099-01-01', '--json'],
    ]
    const shown = await Promise.all(asked.map((args) => optimizer(...args)))
    const tooWide = shown.flatMap((text) => text.split('\n')).filter((line) => line.length > 80)
    expect(tooWide).toEqual([])
    expect(shown[0]).toContain('Goal: Maximize system-wide performance and efficiency')
    expect(shown[1]).toContain('autonomy 0.80 for all kinds: high risk needs approval')
    expect(shown[2]).toMatch(/hunter/)
    expect(shown[5]).toBe('There are no alerts.\n')
    expect(shown[6]).toMatch(/^Report of 20/)
    expect(JSON.parse(shown[7]!)).toEqual({ items: [], total: 0 })
    await expect(optimizer('status', '--agent', 'nobody')).rejects.toMatchObject({ code: 2 })
  })

  test('applies again after a pause has ended, which is recorded too', async () => {
    await system.client.command({ type: 'resume' }, 'bob', 'it is out')
    await system.client.temporal.workflow.getHandle(optimizerWorkflowId).terminate()
    expect(await system.client.command({ type: 'clearFocus' }, 'bob', '')).toMatchObject({ paused: false, focus: null })
    expect(await findPause(system.db)).toBeUndefined()
  })
})
