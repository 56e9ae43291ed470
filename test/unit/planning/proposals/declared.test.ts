import { expect, test } from 'vitest'
import { createDeclaredObservations } from '../../../../src/analysis/planning/proposals/declared.ts'
import type { Knob, KnobValue } from '../../../../src/model/knob.ts'
import { knob } from '../../../support/profiles.ts'

const workers = knob({
  name: 'workers',
  type: 'int',
  min: 1,
  max: 101,
  default: 11,
  purpose: 'parallelism',
  affects: [{ metric: 'responseTime', improves: 'increase' }],
})

/** What is thought of one step of a knob that stands at a value, beside what runs at 1,000 ms and 80 %. */
function step(value: KnobValue) {
  const [, there] = createDeclaredObservations([workers], { workers: value }, ['responseTime', 'successRate'], (metric) =>
    metric === 'responseTime' ? 1_000 : 0.8,
  )
  return { to: there!.configuration.workers, ms: there!.metrics.responseTime!.value, rate: there!.metrics.successRate! }
}

test('a step the way that is declared to help is thought to help, and to leave alone what it is not declared to affect', () => {
  expect(step(11)).toEqual({ to: 47, ms: 750, rate: { value: 0.8, standardError: 0.02 } })
})

test('a declaration holds while the knob is short of its default, and says nothing of what lies beyond once it was taken further', () => {
  expect(step(1).ms).toBe(750)
  expect(step(21).ms).toBe(1_000)
})

test('from the end of the scale the way back is not known to harm', () => {
  expect(step(101)).toMatchObject({ to: 61, ms: 1_000 })
})

test('at the end of a scale of factors there is no step further, however they round', () => {
  const affects: Knob['affects'] = [{ metric: 'responseTime', improves: 'increase' }]
  for (const max of [3.9, 6.7, 9.5]) {
    const wait = knob({ name: 'wait', type: 'float', min: 1, max, scale: 'log', default: max, purpose: 'protocol', affects })
    const [, there] = createDeclaredObservations([wait], { wait: max }, ['responseTime'], () => 1_000)
    expect(there!.configuration.wait).toBeLessThan(0.9 * max)
    expect(there!.metrics.responseTime!.value).toBeGreaterThan(1_000)
  }
})
