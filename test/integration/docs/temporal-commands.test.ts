import { execFile } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { commands } from '../../support/documents.ts'
import { patienceMs } from '../../support/eventually.ts'
import { strategyRef } from '../../support/workflows.ts'
import { type ScriptedOptimizer, startScriptedOptimizer } from './scripted-optimizer.ts'

const prefix = 'npm run temporal -- '
/** Commands that change nothing. */
const reading = /-- (workflow|schedule|worker deployment) (list|count|query|describe|show|metadata) /
const typed = commands.filter(({ command }) => command.startsWith(prefix))

/** The cycle and the trials that the documents talk about; one waits for approval. */
const cycleId = 'cycle-2026-11-21T11:01:42.341Z'
const trials = ['opt_1795258902956_senc3', 'opt_2_next', 'opt_3_last']
const waiting = 'opt_1795262111480_k3m1x'
const kept = 'opt_1795255302956_x7k2m'
/** The trial whose instance was scrapped. */
const stuck = 'opt_1795259298116_ldgtj'

let optimizer: ScriptedOptimizer
beforeAll(async () => {
  const strategies = trials.map((id) => ({ ...strategyRef('market-hunter'), id }))
  optimizer = await startScriptedOptimizer(strategies, [...trials, waiting], [stuck])
  await optimizer.client.workflow.start('optimizationCycle', { workflowId: cycleId, taskQueue: 'optimizer' })
  const change = { strategyId: kept, agentId: 'market-hunter', values: { parallelQueries: 8 }, requestedBy: 'ada' }
  await optimizer.client.workflow.start('trial', { workflowId: `trial-${kept}`, taskQueue: 'optimizer', args: [change] })
  const asking = { workflowId: `trial-${waiting}`, taskQueue: 'optimizer', args: [{ strategyId: waiting }] }
  await optimizer.client.workflow.start('trial', asking)
  const restore = { workflowId: `restore-${stuck}`, taskQueue: 'optimizer', args: [{ trialId: stuck }] }
  await optimizer.client.workflow.start('restore', restore)
  await vi.waitFor(() => expect(optimizer.done).toContain(`execute candidate ${trials[0]}`), patienceMs)
})
afterAll(() => optimizer?.stop())

describe('Temporal’s command line answers as documented to', () => {
  test.each(typed)('$document: $command', async ({ command, output }) => {
    const check = async () => {
      const { failed, text } = await run(command)
      expect(failed, text).toBe(output?.startsWith('Error: ') ?? false)
      if (output !== undefined) expect(`${normalise(text)}\n`).toMatch(toPattern(output))
    }
    // Lists show an event a moment after it happened.
    if (reading.test(command)) await vi.waitFor(check, patienceMs)
    else await check()
  })
})

describe('afterwards', () => {
  test('the policy is the one that the last commands set', async () => {
    expect(await optimizer.client.workflow.getHandle('optimizer').query('policy')).toMatchObject({
      aggressiveness: 4,
      focus: 'market-hunter',
      resourceMode: 'normal',
    })
  })

  test('the cycle was cancelled, and its trials were rolled back', async () => {
    await expect(optimizer.client.workflow.getHandle(cycleId).result()).rejects.toThrow()
    expect((await optimizer.client.workflow.getHandle(cycleId).describe()).status.name).toBe('CANCELLED')
    expect(optimizer.done).toContain(`restore ${trials[0]}`)
  })

  test('the trial that waited for approval was carried out, and kept without a verdict', async () => {
    expect(optimizer.done).toContain(`recordApproval ${waiting} approved ada a quiet day`)
    await vi.waitFor(() => expect(optimizer.done).toContain(`conclude ${waiting} undecided`), patienceMs)
    expect(optimizer.done).toContain(`execute all ${waiting}`)
  })

  test('the requested trial was carried out and rolled back', async () => {
    await vi.waitFor(() => expect(optimizer.done).toContain('execute candidate opt_1_mine'), patienceMs)
    await vi.waitFor(() => expect(optimizer.done).toContain('restore opt_1_mine'), patienceMs)
  })

  test('all settings of an agent were restored, except on the instance that was given up', async () => {
    await vi.waitFor(() => expect(optimizer.done).toContain('rewind market-hunter to 1'), patienceMs)
    expect(await optimizer.client.workflow.getHandle(`restore-${stuck}`).result()).toMatchObject({ outcome: 'given-up' })
  })

  test('the Schedule is still running', async () => {
    const { state } = await optimizer.client.schedule.getHandle('optimization-cycle').describe()
    expect(state.paused).toBe(false)
  })
})

/** Does the same as `npm run temporal --`, without the half second that npm takes; test/integration/servers runs it whole. */
async function run(command: string): Promise<{ failed: boolean; text: string }> {
  const path = [dirname(inject('temporalCli')), process.env.PATH].join(delimiter)
  const options = { env: { ...process.env, PATH: path, ...optimizer.environment }, timeout: patienceMs }
  const printed = ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr
  return await promisify(execFile)('sh', ['-c', `temporal ${command.slice(prefix.length)}`], options).then(
    (done) => ({ failed: false, text: printed(done) }),
    (error) => ({ failed: true, text: printed(error) }),
  )
}

/** Ids, times and numbers are different in each run, and with them the width of columns. */
const normalise = (text: string) =>
  text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '<id>')
    .replace(/(\d+ \w+ (ago|from now)|\bnow)\b/g, '<when>')
    .replace(/\d+(\.\d+)?/g, '<number>')
    .replace(/(Namespace +)\S+/g, '$1<name>')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .trim()

/** An output as a document shows it: `…` matches the rest of a line, and alone on a line any lines. */
function toPattern(shown: string): RegExp {
  const parts = normalise(shown)
    .split('\n')
    .map((line) => (line === '…' ? '(.*\\n)*?' : `${line.split('…').map(RegExp.escape).join('.*')}\\n`))
  return new RegExp(`^${parts.join('')}$`)
}
