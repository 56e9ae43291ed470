import { detectBottlenecks } from '../src/analysis/observing/detection.ts'
import { rankStrategies } from '../src/analysis/planning/ranking.ts'
import { generateStrategies } from '../src/analysis/planning/strategies/index.ts'
import { defaultPolicy } from '../src/model/policy.ts'
import { defaultThresholds as thresholds } from '../src/model/thresholds.ts'
import { knobsFor, now, syntheticExperience, syntheticFleet, syntheticHistory } from './synthetic-fleet.ts'
import { type Bench, medianTime } from './timing.ts'

export const strategies: Bench = {
  name: 'strategies',
  async run() {
    return [3, 200].map((size) => {
      const snapshot = syntheticFleet(size)
      const experience = syntheticExperience(snapshot)
      const bottlenecks = detectBottlenecks(snapshot, thresholds)
      const knobs = knobsFor(snapshot)
      const history = syntheticHistory(snapshot)
      const generate = () =>
        generateStrategies({
          bottlenecks,
          snapshot,
          thresholds,
          history,
          knobs,
          experience,
          policy: defaultPolicy,
          now,
          random: () => 0,
        })
      const medianMs = medianTime(() =>
        rankStrategies(generate().strategies, { seed: 'bench', aggressiveness: defaultPolicy.aggressiveness }),
      )
      return {
        what: `strategies, ${size} agents, ${experience.length} trials, a day of metrics`,
        medianMs,
        goalMs: size === 3 ? 5 : undefined,
      }
    })
  },
}
