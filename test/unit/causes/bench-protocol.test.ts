import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generateCase } from '../../../bench/causes/fleet.ts'

const adapter = join(import.meta.dirname, '../../../bench/causes.ts')

test('cases are answered line by line, and one that cannot be gets an error with a code', () => {
  const { component, input } = generateCase(4)
  const lines = [
    input,
    '',
    { ...input, symptom: { component: 'nobody', metric: 'latency' } },
    'garbage',
    { ...input, graph: null },
  ]
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  const { stdout, status } = spawnSync(process.execPath, [adapter], { input: text, encoding: 'utf8' })
  const [first, unknown, garbage, last, ...others] = stdout
    .split('\n')
    .map((line) => (line === '' ? undefined : JSON.parse(line)))
  expect(first.ranking.slice(0, 5)).toContainEqual({ component, probability: expect.any(Number), why: expect.any(String) })
  expect(unknown.error.code).toBe('unknown-symptom')
  expect(garbage.error.code).toBe('invalid-case')
  expect(last.ranking.length).toBe(first.ranking.length)
  expect([others, status]).toEqual([[undefined], 0])
})
