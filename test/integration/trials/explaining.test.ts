import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LearningReport } from '../../../src/analysis/reporting/insights/index.ts'
import type { Explanation } from '../../../src/model/explanation.ts'
import { readAudit } from '../../../src/reading/audit.ts'
import { requestApproval } from '../../../src/store/approvals.ts'
import { listResults } from '../../../src/store/results.ts'
import { insertStrategies, markStrategySkipped } from '../../../src/store/strategies.ts'
import { strategyFor } from '../../support/store.ts'
import { System } from '../../support/system.ts'
import { edit, inState, pastOf, settled, tryChange } from '../../support/trials.ts'

let system: System
beforeAll(async () => {
  system = await System.start()
  system.startWorker()
})
afterAll(() => system?.stop())

async function cli(...args: string[]): Promise<string> {
  const program = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))
  const env = { ...process.env, ...system.environment }
  return (await promisify(execFile)(process.execPath, [program, ...args], { env })).stdout
}

async function explained(id: string): Promise<Explanation> {
  const response = await fetch(`${system.apiUrl}/api/explanations/${id}`)
  expect(response.status).toBe(200)
  return (await response.json()) as Explanation
}

const told = ({ sections }: Explanation, title: string) =>
  sections.find((one) => one.title.startsWith(title))!.sentences.join('\n')

describe.concurrent('an explanation', () => {
  test('covers a kept change with its measurement, and its agent with who changed what', async () => {
    const instances = await system.startAgent('proven', 2)
    await pastOf(instances)
    const { result, trialId } = await tryChange(system, 'proven', { route: 'shortcut' })
    const { verdict, reason } = await result()
    expect(verdict, reason).toBe('keep')
    const explanation = await explained(trialId)
    expect(explanation).toMatchObject({ about: 'trial', undo: `npx optimizer rollback ${trialId}` })
    expect(explanation.summary).toContain('route from usual to shortcut on proven is in force on every instance: ')
    expect(explanation.summary).toMatch(/: .*[\d.]+% faster/)
    expect(told(explanation, 'Cause')).toContain('requested by a test')
    expect(told(explanation, 'Measured effect')).toMatch(/\d+ samples with the change, \d+ without/)
    expect(told(explanation, 'Decision')).toContain('Proven: response time is better.')
    expect(told(explanation, 'Timeline')).toMatch(/candidate: version 2[\s\S]*the measurement started[\s\S]*all: version 2/)

    await edit(system, 'proven', { padding: 3 })
    const agent = await explained('proven')
    expect(told(agent, 'Settings')).toMatch(/route is shortcut \(initially usual\): usual → shortcut at .* by trial opt_/)
    expect(told(agent, 'Settings')).toMatch(/padding is 3 \(initially 0\): .* by a person or the agent itself \(A person\)/)
    expect(told(agent, 'Latest trials')).toContain(
      `${trialId}: route from usual to shortcut: keep, is in force (response time is better)`,
    )
    expect(agent.undo).toBe('npx optimizer restore proven --to 1')

    const report = (await (await fetch(`${system.apiUrl}/api/learning`)).json()) as LearningReport
    expect(report.successes).toMatchObject([{ type: 'operator_request', proven: 1 }])
    const { importance } = report.agents.find(({ agentId }) => agentId === 'proven')!
    expect(importance.responseTime).toMatchObject([{ knob: 'route', trials: { own: 1, ofKind: 0 } }])
  })

  test('covers a trial while it runs, and once a person has ended it', async () => {
    const instances = await system.startAgent('watched', 2, { unitsASecond: 0 })
    const { trialId } = await tryChange(system, 'watched', { padding: 1 })
    await inState(system, trialId, ['observing'])
    const { entries } = await readAudit(system.client, { action: 'trial.requested', subject: 'watched', limit: 1 })
    expect(entries).toMatchObject([{ actor: 'a test', reason: 'a hunch', detail: { trialId, values: { padding: 1 } } }])
    const running = await explained(trialId)
    expect(running.summary).toContain('is being tried')
    expect(told(await explained('watched'), 'Restrictions')).toContain(`${trialId} is running on watched`)
    expect(told(await explained('watched'), 'Next steps')).toContain(`${trialId} is running`)
    await (await system.client.rollBack(trialId)).result()
    await settled(system, trialId, instances)
    const ended = await explained(trialId)
    expect(ended.summary).toContain('was tried and rolled back')
    expect(told(ended, 'Timeline')).toContain(
      `version 3 was assigned to every instance: Restored the configuration from before ${trialId}`,
    )
  })

  test('covers a strategy that waits for approval, and one that was never tried', async () => {
    await system.startAgent('planned', 1, { unitsASecond: 0 })
    const asked = strategyFor('planned', 'opt_1_asked')
    const left = strategyFor('planned', 'opt_1_left')
    await insertStrategies(system.db, null, [asked, left])
    await requestApproval(system.db, { trialId: asked.id, agentId: 'planned' }, 60_000)
    await markStrategySkipped(system.db, left.id, 'no time left in this cycle')
    expect((await explained(asked.id)).summary).toContain('is waiting for approval')
    expect(told(await explained('planned'), 'Next steps')).toContain(`${asked.id} is waiting for approval until`)
    expect(told(await explained(left.id), 'Decision')).toBe('It was not tried: no time left in this cycle.')
  })

  test('is refused for an unknown subject', async () => {
    const response = await fetch(`${system.apiUrl}/api/explanations/nobody`)
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 404,
      body: { error: { code: 'unknown-subject' } },
    })
    await expect(cli('explain', 'nobody')).rejects.toThrow('There is no trial, strategy or agent nobody')
  })
})

test('the command line prints the same, why the latest trials ended, and their lessons', async () => {
  const results = await listResults(system.db)
  const { id } = results.find(({ strategy }) => strategy.agentId === 'proven')!.strategy
  expect(JSON.parse(await cli('explain', id, '--json'))).toEqual(await explained(id))
  expect(await cli('explain', 'proven')).toContain((await explained('proven')).summary)
  expect(await cli('status')).toMatch(
    new RegExp(`${id}  proven route .* → shortcut  keep, is in force .*: response time is better`),
  )
  expect(await cli('report')).toMatch(/^proven, all changes still in force, combined: response time [\d.]+% faster/m)
  expect(await cli('report', '--learning')).toMatch(/^proven, response time:\n[^:]*│ route *│ 1 /m)
})
