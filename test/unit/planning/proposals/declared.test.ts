import { expect, test } from 'vitest'
import { createDeclaredObservations } from '../../../../src/analysis/planning/proposals/declared.ts'
import type { Knob, KnobValue } from '../../../../src/model/knob.ts'
import { findBuiltInMetric } from '../../../../src/model/metric.ts'
import { knob } from '../../../support/profiles.ts'

const responseTime = findBuiltInMetric('responseTime')!
const successRate = findBuiltInMetric('successRate')!
const workers = knob({
  name: 'workers',
  type: 'int',
  min: 1,
  max: 101,
  default: 11,
  purpose: 'parallelism',
  affects: [{ metric: 'responseTime', improves: 'increase' }],
})

/** The prediction for one step of a knob from a value, compared with a running configuration at 1,000 ms and 80 %. */
function step(value: KnobValue) {
  const [, there] = createDeclaredObservations([workers], { workers: value }, [responseTime, successRate], (metric) =>
    metric === responseTime ? 1_000 : 0.8,
  )
  return { to: there!.configuration.workers, ms: there!.metrics.responseTime!.value, rate: there!.metrics.successRate! }
}

test('a step in the declared direction is expected to help, and not to affect undeclared metrics', () => {
  expect(step(11)).toEqual({ to: 47, ms: 750, rate: { value: 0.8, standardError: 0.02 } })
})

test('a declaration applies until the knob has passed its default, and says nothing beyond a value already reached', () => {
  expect(step(1).ms).toBe(750)
  expect(step(21).ms).toBe(1_000)
})

test('moving back from the end of the scale is not known to do harm', () => {
  expect(step(101)).toMatchObject({ to: 61, ms: 1_000 })
})

test('at the end of a log scale there is no further step, whatever the rounding', () => {
  const affects: Knob['affects'] = [{ metric: 'responseTime', improves: 'increase' }]
  for (const max of [3.9, 6.7, 9.5]) {
    const wait = knob({ name: 'wait', type: 'float', min: 1, max, scale: 'log', default: max, purpose: 'protocol', affects })
    const [, there] = createDeclaredObservations([wait], { wait: max }, [responseTime], () => 1_000)
    expect(there!.configuration.wait).toBeLessThan(0.9 * max)
    expect(there!.metrics.responseTime!.value).toBeGreaterThan(1_000)
  }
})
