import { detectBottlenecks } from '../src/analysis/observing/detection.ts'
import { defaultThresholds } from '../src/model/thresholds.ts'
import { syntheticFleet } from './synthetic-fleet.ts'
import { type Bench, medianTime } from './timing.ts'

export const detection: Bench = {
  name: 'detection',
  async run() {
    return [3, 200].map((size) => {
      const fleet = syntheticFleet(size)
      return {
        what: `detection, ${size} agents`,
        medianMs: medianTime(() => detectBottlenecks(fleet, defaultThresholds)),
        goalMs: 5,
      }
    })
  },
}
