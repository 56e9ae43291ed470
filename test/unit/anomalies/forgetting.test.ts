import { expect, test } from 'vitest'
import { createDetector, type DetectorState } from '../../../src/analysis/anomalies/index.ts'
import { views } from '../../../src/analysis/anomalies/views.ts'
import { seasonalSeries, stepSeconds } from './series.ts'

const stepsAnHour = 3_600 / stepSeconds

test('of the latest values, those of a fault are forgotten in every view, but no more than they taught it', () => {
  const detector = createDetector({ metric: 'latency', stepSeconds })
  for (const point of seasonalSeries(80 * stepsAnHour)) detector.next(point)
  const countOf = ({ model }: DetectorState, view: (typeof views)[number]) => model.tails[views.indexOf(view)]!.newerCount
  const before = detector.state
  expect(countOf(before, 'dayMean')).toBeGreaterThan(12)
  const forgotten = (values: number) => {
    detector.forgetLatest(values)
    const after = detector.state
    return (['residual', 'dayMean'] as const).map((view) => countOf(before, view) - countOf(after, view))
  }
  expect(forgotten(stepsAnHour - 1)).toEqual([stepsAnHour - 1, 0])
})
