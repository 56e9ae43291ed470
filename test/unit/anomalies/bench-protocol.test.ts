import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDetector } from '../../../src/analysis/anomalies/index.ts'
import { seasonalSeries } from './series.ts'

const adapter = join(import.meta.dirname, '../../../bench/detector.ts')
const start = { type: 'start', id: 'a/1', metric: 'latency', stepSeconds: 300, probation: 100, min: 0, max: null }

function answered(...lines: (string | object)[]) {
  const input = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  const { stdout, stderr, status } = spawnSync(process.execPath, [adapter], { input, encoding: 'utf8' })
  const answers = stdout.split('\n').filter((line) => line !== '')
  return { answers: answers.map((line) => JSON.parse(line)), stderr, status }
}

test('a benchmark program is answered point by point, across several series and empty lines', () => {
  const points = seasonalSeries(400)
  const { answers, status } = answered(start, ...points, '', { type: 'end' }, start, ...points, { type: 'end' }, ' ')
  const detector = createDetector(start)
  const expected = points.map((point) => detector.next(point))
  expect(answers).toEqual([...expected, ...expected])
  expect(status).toBe(0)
})

test.each<[string, (string | object)[], RegExp]>([
  ['that is no JSON', [start, 'garbage'], /^Line 2 cannot be answered: .*not valid JSON/],
  ['before a start', [{ t: 1, v: 1 }], /^Line 1 cannot be answered: there is no series yet/],
  ['that starts without a step', [{ ...start, stepSeconds: 0 }], /^Line 1 cannot be answered: stepSeconds is 0/],
  ['without a time', [start, { v: 1 }], /^Line 2 cannot be answered: A point of .* has the time undefined/],
])('a line %s ends it with an error in one sentence', (_, lines, sentence) => {
  const { answers, stderr, status } = answered(...lines, start, { t: 1, v: 1 })
  expect(answers).toEqual([])
  expect(stderr).toMatch(sentence)
  expect(status).toBe(1)
})
