import { expect, test } from 'vitest'
import { listKeptChanges } from '../../../src/reading/export.ts'
import { formatChanges, updateSettings } from '../../../src/terminal/format-export.ts'

const at = (hour: number) => new Date(Date.UTC(2026, 10, 21, hour))
const version = (hour: number, values: Record<string, number>, trialId: string | null, reason: string) => ({
  since: at(hour),
  values,
  trialId,
  reason,
})
const versions = [
  version(14, { cacheSize: 4, poolSize: 3, depth: 2 }, null, 'ada set depth'),
  version(13, { cacheSize: 4, poolSize: 2, depth: 2 }, 'opt_2_b', 'poolSize went back'),
  version(12, { cacheSize: 4, poolSize: 3 }, 'opt_1_a', 'hunter responds faster'),
  version(11, { cacheSize: 2, poolSize: 3 }, null, 'the defaults'),
]

test('a kept change is one that is still in force, with the version that it comes from', () => {
  expect(listKeptChanges(versions)).toEqual([
    { knob: 'cacheSize', from: 2, to: 4, since: at(12), trialId: 'opt_1_a', reason: 'hunter responds faster' },
    { knob: 'depth', from: undefined, to: 2, since: at(13), trialId: 'opt_2_b', reason: 'poolSize went back' },
  ])
  expect(listKeptChanges(versions.slice(-1))).toEqual([])
})

const hunter = { agentId: 'hunter', version: 4, values: { cacheSize: 4 }, changes: listKeptChanges(versions) }

test('a file of settings keeps its order and what is only in it', () => {
  const kept = { trader: { fee: 1 }, hunter: { mode: 'fast', cacheSize: 2 } }
  const updated = updateSettings(kept, [hunter, { ...hunter, agentId: 'new' }])
  expect(updated).toEqual({ trader: { fee: 1 }, hunter: { mode: 'fast', cacheSize: 4 }, new: { cacheSize: 4 } })
  expect(Object.keys(updated)).toEqual(['trader', 'hunter', 'new'])
})

test('the changes as Markdown say what changed, since when and why', () => {
  expect(formatChanges([hunter])).toContain(
    '- `cacheSize`: 2 → **4** (since 2026-11-21T12:00:00Z, trial `opt_1_a`): hunter responds faster',
  )
  expect(formatChanges([])).toContain('Every agent runs')
})
