import { expect, test } from 'vitest'
import { listUntriedValues } from '../../../src/analysis/eligibility/choice-steps.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { eligibilityFacts } from '../../support/eligibility.ts'
import { knob, measured, trialRecord } from '../../support/profiles.ts'

const model = knob({
  type: 'enum',
  name: 'model',
  purpose: 'computation',
  values: ['large', 'broken', 'small'],
  default: 'large',
})
const objective = objectiveSchema.parse({ minimize: 'costUsd' })
const cost = { costUsd: { mean: 0.02, standardError: 0.001, samples: 50 } }
const nothing = { samples: 0, successRate: null, responseTimeP50: null, responseTimeMean: null, coordinationScore: null }
const untriedAfter = (failed: boolean) => {
  const crash = trialRecord({
    baseline: { model: 'large' },
    changes: [{ knob: 'model', from: 'large', to: 'broken' }],
    metrics: { before: { ...measured({}), reported: cost }, after: nothing },
    verdict: failed ? 'roll-back' : 'undecided',
    improvement: null,
    interval: null,
    ...(failed && { failed }),
  })
  const facts = eligibilityFacts({
    knobs: [model],
    values: { model: 'large' },
    trials: [crash],
    fleet: { objectives: [objective] },
  })
  return listUntriedValues(facts, model)
}

test('a choice with which the agent failed counts as tried, although nothing was measured of it', () => {
  expect(untriedAfter(true)).toEqual(['small'])
  expect(untriedAfter(false)).toEqual(['broken', 'small'])
})
