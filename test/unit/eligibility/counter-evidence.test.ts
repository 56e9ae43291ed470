import { describe, expect, test } from 'vitest'
import { findCounterEvidence } from '../../../src/analysis/eligibility/counter-evidence.ts'
import { decideAdmission, listRestrictions } from '../../../src/analysis/eligibility/index.ts'
import type { FinishedTrial } from '../../../src/model/finished-trial.ts'
import type { Knob } from '../../../src/model/knob.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { eligibilityFacts, eligibilityRecord } from '../../support/eligibility.ts'
import { planFor } from '../../support/planning.ts'
import { agentProfile, measured, now, snapshot, trialRecord } from '../../support/profiles.ts'

const day = 86_400_000
const objective = objectiveSchema.parse({ minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
const figures = (cost: number, quality: number) =>
  measured({
    reported: {
      costUsd: { mean: cost, standardError: cost / 50, samples: 100 },
      qualityScore: { mean: quality, standardError: 0.01, samples: 100 },
    },
  })
const model: Knob = {
  name: 'model',
  type: 'enum',
  values: ['large', 'small'],
  default: 'large',
  purpose: 'computation',
  description: '',
  affects: [],
  risk: 'low',
  applies: 'live',
}
const toSmall = [{ knob: 'model', from: 'large', to: 'small' }]
/** Cheaper, but rolled back five days ago, because the quality fell below its bound. */
const harmed = (known: Partial<FinishedTrial> = {}) =>
  trialRecord({
    agentId: 'hunter',
    kind: 'hunter',
    type: 'agent_objective',
    metric: 'costUsd',
    changes: toSmall,
    baseline: { model: 'large' },
    metrics: { before: figures(0.004, 0.86), after: figures(0.002, 0.72) },
    verdict: 'roll-back',
    improvement: 50,
    interval: [45, 55],
    at: now - 5 * day,
    ...known,
  })
const factsWith = (trial: FinishedTrial, known: Parameters<typeof eligibilityFacts>[0] = {}) =>
  eligibilityFacts({ trials: [trial], knobs: [model], fleet: { objectives: [objective] }, ...known })

describe('a trial speaks against the same change', () => {
  test('if it broke a bound of the objective', () => {
    expect(findCounterEvidence(toSmall, factsWith(harmed()))).toMatchObject({
      knob: 'model',
      reason: expect.stringMatching(/^model from large to small was tried until .*, and the quality score was not at least 80%$/),
    })
  })

  test('if it made the metric that the objective is about worse', () => {
    const worse = harmed({
      improvement: -20,
      interval: [-30, -10],
      metrics: { before: figures(0.004, 0.86), after: figures(0.0048, 0.86) },
    })
    expect(findCounterEvidence(toSmall, factsWith(worse))?.reason).toContain('the cost got worse')
  })

  test('not if chance is not ruled out, or if the agent was beyond the bound before', () => {
    const unclear = harmed({ metrics: { before: figures(0.004, 0.86), after: figures(0.002, 0.79) } })
    expect(findCounterEvidence(toSmall, factsWith(unclear))).toBeUndefined()
    const before = harmed({ metrics: { before: figures(0.004, 0.7), after: figures(0.002, 0.72) } })
    expect(findCounterEvidence(toSmall, factsWith(before))).toBeUndefined()
  })

  test('not from other values, and not once a person released the knob', () => {
    expect(findCounterEvidence([{ ...toSmall[0]!, from: 'medium' }], factsWith(harmed()))).toBeUndefined()
    const releases = [{ knob: 'model', at: now - day }]
    expect(findCounterEvidence(toSmall, factsWith(harmed(), { releases }))).toBeUndefined()
  })

  test('and, of one knob, against a larger step', () => {
    const lower = (to: number) => [{ knob: 'max_tokens', from: 1000, to }]
    const facts = factsWith(harmed({ changes: lower(500) }))
    expect([400, 500, 600].map((to) => findCounterEvidence(lower(to), facts) !== undefined)).toEqual([true, true, false])
  })

  test('only by the present objective', () => {
    expect(findCounterEvidence(toSmall, factsWith(harmed(), { fleet: { objectives: [] } }))).toBeUndefined()
    const lenient = { ...objective, subjectTo: [{ metric: 'qualityScore', min: 0.6 }] }
    expect(findCounterEvidence(toSmall, factsWith(harmed(), { fleet: { objectives: [lenient] } }))).toBeUndefined()
  })
})

describe('a change that takes back what was proven to help', () => {
  const [cheaper] = toSmall
  const helped = (known: Partial<FinishedTrial> = {}) =>
    harmed({ verdict: 'keep', metrics: { before: figures(0.004, 0.86), after: figures(0.002, 0.85) }, ...known })
  const back = { knob: 'model', from: 'small', to: 'large' }
  const bundle = [{ knob: 'max_tokens', from: 400, to: 300 }, back]

  test('is spoken against, alone or together with other knobs', () => {
    for (const changes of [[back], bundle])
      expect(findCounterEvidence(changes, factsWith(helped()))).toMatchObject({
        knob: 'model',
        reason: expect.stringMatching(
          /^model from large to small was tried until .*, and the cost improved, so it is not reversed$/,
        ),
      })
    expect(findCounterEvidence(bundle.slice(0, 1), factsWith(helped()))).toBeUndefined()
  })

  test('also over several steps, and for a number only if it goes all the way back', () => {
    const steps = [
      helped({ changes: [{ ...cheaper!, to: 'medium' }] }),
      helped({ changes: [{ ...cheaper!, from: 'medium' }], at: now - day }),
    ]
    expect(findCounterEvidence([back], { ...factsWith(helped()), trials: steps })?.reason).toContain('from large to medium')
    const tokens = (from: number, to: number) => [{ knob: 'max_tokens', from, to }]
    const facts = factsWith(helped({ changes: tokens(1000, 500) }))
    expect([600, 1000, 1200].map((to) => findCounterEvidence(tokens(500, to), facts) !== undefined)).toEqual([false, true, true])
  })

  test('not if the gain is unclear, belongs to a bundle or to another objective, or if a bound has to be met first', () => {
    expect(findCounterEvidence(bundle, factsWith(helped({ interval: [-5, 55] })))).toBeUndefined()
    expect(findCounterEvidence([back], factsWith(helped({ changes: [bundle[0]!, cheaper!] })))).toBeUndefined()
    const quality = objectiveSchema.parse({ maximize: 'qualityScore' })
    expect(findCounterEvidence([back], factsWith(helped(), { fleet: { objectives: [quality] } }))).toBeUndefined()
    expect(findCounterEvidence([back], factsWith(helped(), { target: 'qualityScore' }))).toBeUndefined()
  })

  test('is refused to the optimizer, and listed as restricted', () => {
    const facts = factsWith(helped(), { values: { model: 'small' } })
    const codes = (requester: 'optimizer' | 'person') =>
      decideAdmission(facts, { actions: [back], objective }, requester).reasons.map(({ code }) => code)
    expect([codes('optimizer'), codes('person')]).toEqual([['against-objective'], []])
    expect(listRestrictions(facts).map(({ code }) => code)).toEqual(['against-objective'])
  })
})

test('the planner never proposes it, and the admission refuses it to the optimizer alone', () => {
  const seen = agentProfile('hunter', {
    metrics: { costUsd: 0.004, qualityScore: 0.86 },
    configuration: { version: 1, values: { model: 'large' } },
  })
  const plan = (experience: FinishedTrial[]) =>
    planFor(snapshot([seen]), {
      knobs: { hunter: [model] },
      experience,
      eligibility: eligibilityRecord({ objectives: [objective] }),
    })
  const [untried] = plan([]).strategies
  expect(untried).toMatchObject({ type: 'agent_objective', actions: [{ knob: 'model', to: 'small' }] })
  expect(untried!.why).toContain('it serves the objective: minimize costUsd, subject to qualityScore>=0.8')
  expect(plan([harmed()]).strategies).toEqual([])
  const facts = factsWith(harmed(), { values: { model: 'large' } })
  expect(decideAdmission(facts, untried!, 'optimizer').reasons.map(({ code }) => code)).toEqual(['against-objective'])
  expect(decideAdmission(facts, untried!, 'person').reasons).toEqual([])
})
