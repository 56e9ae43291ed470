import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runReportAlert } from '../../../src/commands/alerts.ts'
import { collectAssignment, parseCycles } from '../../../src/commands/arguments.ts'
import { root } from '../../support/documents.ts'

test.each([
  ['2026-06-31T18:00', '2026-06-31T18:00 does not exist; check the day of the month and the time.'],
  ['2099-01-01', '2099-01-01 is in the future; use a past time, or a version such as 3.'],
  ['99999999999', '99999999999 is not a version; npx optimizer restore lists the versions of an agent.'],
  ['0x3', '0x3 is not a date and time; write it as 2026-11-21T11:00 or, in UTC, 2026-11-21T11:00Z.'],
])('restore --to %s is refused in one sentence, before anything is connected', (to, sentence) => {
  const program = [join(root, 'bin/optimizer.js'), 'restore', 'hunter', '--to', to]
  const { status, stderr } = spawnSync(process.execPath, program, { encoding: 'utf8' })
  expect([status, stderr.trim()]).toEqual([2, sentence])
})

test.each(['0', '-1', '1.5', '1e3', '0x10', '', '1001', '99999999999999999999'])('%j is no number of cycles', (text) => {
  expect(() => parseCycles(text)).toThrow('It must be a whole number from 1 to 1000.')
  expect(parseCycles('1000')).toBe(1_000)
})

test.each(['=3', 'pool', ''])('%j assigns nothing', (text) => {
  expect(() => collectAssignment(text)).toThrow('knob=value')
})

test('a knob that is named twice is refused, since only one of its values could be set', () => {
  expect(() => collectAssignment('pool=2', collectAssignment('pool=1'))).toThrow('pool is named twice; give it one value.')
})

test.each([
  ['performance', 'hunter', {}, 'A report about performance takes no name.'],
  ['performance', undefined, { over: true }, 'A report about performance takes no --over.'],
  ['agent', 'hunter', { component: 'host' }, 'A report about agent takes no --component.'],
  ['resource', 'memory', { severity: 'high' }, 'A report about resource takes no --severity.'],
] as const)('an alert about %s %s with %j is refused, since that would have no effect', async (about, name, options, message) => {
  await expect(runReportAlert(about, name, { ...options, reason: '' })).rejects.toMatchObject({ code: 'invalid-input', message })
})
