import { afterEach, expect, test } from 'vitest'
import { reportRestore } from '../../../src/commands/report-restore.ts'
import type { RestoreResult } from '../../../src/contract/activities.ts'

afterEach(() => {
  process.exitCode = undefined
})

/** The exit code after restores with these outcomes. */
async function report(...outcomes: RestoreResult['outcome'][]) {
  for (const outcome of outcomes) await reportRestore(async () => ({ outcome, issues: [] }))
  return process.exitCode ?? 0
}

test.each<[number, ...RestoreResult['outcome'][]]>([
  [0, 'done'],
  [0, 'already', 'nothing'],
  [3, 'superseded', 'done'],
  [1, 'incomplete'],
  [1, 'given-up', 'superseded'],
  [1, 'superseded', 'incomplete'],
])('the exit code is %i for %s, then %s', async (code, ...outcomes) => {
  expect(await report(...outcomes)).toBe(code)
})
