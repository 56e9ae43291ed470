import { expect, test } from 'vitest'
import { buildTrialConditions } from '../../../src/activities/trial-conditions.ts'
import { planObservation } from '../../../src/analysis/trials/duration.ts'
import { configSchema } from '../../../src/config/config.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { strategyFor } from '../../support/store.ts'

const config = configSchema.parse({})
const objective = objectiveSchema.parse({ minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
const strategy = { ...strategyFor('a', 'opt_1_a'), targetMetric: 'costUsd', objective }

/** The newest thousand of an agent with three executions a second, whose scores come so many milliseconds later. */
function conditionsWith(scoreDelayMs: number) {
  const now = Date.now()
  const executions = Array.from({ length: 1_000 }, (_, index) => {
    const at = now - (index * 1_000) / 3
    const isScored = at <= now - scoreDelayMs
    return {
      agentId: 'a',
      at,
      errored: false,
      confidence: null,
      instanceId: `a-${index % 3}`,
      durationMs: 900,
      success: true,
      metrics: { costUsd: 0.01, ...(isScored && { qualityScore: 0.9 }) },
    }
  })
  const compared = { design: 'concurrent', candidate: 1, control: 2, live: 3 } as const
  return buildTrialConditions(config, strategy, compared, { executions, knobs: [], scoreDelayMs, hasScoredFloor: false })
}

test.each([
  [0, 'in-cycle'],
  [30_000, 'in-cycle'],
  [200_000, 'alone'],
  [400_000, 'alone'],
])(
  'scores that come %d ms late are no missing ones, and a trial that cannot wait for them in its cycle runs outside: %s',
  (delay, kind) => {
    const conditions = conditionsWith(delay)
    expect(conditions.reportingShare).toBe(1)
    expect(planObservation(conditions, config.trials).kind).toBe(kind)
  },
)
