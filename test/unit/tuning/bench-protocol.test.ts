import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { server } from './worlds.ts'

const adapter = join(import.meta.dirname, '../../../bench/tuner.ts')
const { options } = server()
const start = { type: 'start', seed: 1, ...options }
const tell = {
  type: 'tell',
  configuration: options.current,
  metrics: { latency: 100, memory: 0.5 },
  stderr: { latency: 5, memory: 0.01 },
}

function answered(...lines: (string | object)[]) {
  const input = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  const { stdout, stderr, status } = spawnSync(process.execPath, [adapter], { input, encoding: 'utf8' })
  const answers = stdout.split('\n').filter((line) => line !== '')
  return { answers: answers.map((line) => JSON.parse(line)), stderr, status }
}

test('a benchmark program is answered line by line, across several runs and empty lines', () => {
  const configuration = options.current
  const { answers, status } = answered(start, { type: 'ask' }, '', tell, { type: 'end' }, start, { type: 'recommend' }, ' ')
  expect(answers).toEqual([{ configuration }, { ok: true }, { configuration }])
  expect(status).toBe(0)
})

test.each<[string, (string | object)[], RegExp]>([
  ['that is no JSON', [start, 'garbage'], /^Line 2 cannot be answered: .*not valid JSON/],
  ['that is no request', ['null'], /^Line 1 cannot be answered: /],
  ['of an unknown type', [{ type: 'dance' }], /^Line 1 cannot be answered: .*type/s],
  ['before a start', [{ type: 'ask' }], /^Line 1 cannot be answered: there is nothing to ask before a start/],
  ['that starts without knobs', [{ ...start, knobs: [] }], /^Line 1 cannot be answered: The tuner cannot be created/],
  ['that tells what cannot be', [start, { ...tell, configuration: {} }], /^Line 2 cannot be answered: .*must be a number/],
])('a line %s ends it with an error in one sentence', (_, lines, sentence) => {
  const { answers, stderr, status } = answered(...lines, start, { type: 'ask' })
  expect(answers).toEqual([])
  expect(stderr).toMatch(sentence)
  expect(status).toBe(1)
})
