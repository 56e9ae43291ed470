import { describe, expect, test } from 'vitest'
import { prefersChoiceStep, proposeChoiceStep } from '../../../../src/analysis/planning/proposals/choice-step.ts'
import type { ProposalRequest } from '../../../../src/analysis/planning/proposals/request.ts'
import type { KnobInput } from '../../../../src/model/knob.ts'
import { builtInCatalogue } from '../../../../src/model/metric.ts'
import { objectiveSchema } from '../../../../src/model/objective.ts'
import { agentProfile, knob, trialRecord } from '../../../support/profiles.ts'

const values = ['tiny', 'small', 'medium', 'large']
const model = (known: object = {}) =>
  knob({ type: 'enum', name: 'model', purpose: 'computation', values, default: 'medium', ...known } as KnobInput)
const objective = objectiveSchema.parse({
  minimize: 'costUsd',
  subjectTo: [
    { metric: 'qualityScore', min: 0.8 },
    { metric: 'responseTime', quantile: 0.95, max: 3_000 },
  ],
})
const agent = (qualityScore: number, responseTimeP95 = 2_000) =>
  agentProfile('support-bot', { responseTimeP95, metrics: { costUsd: 0.01, qualityScore } })
const request = (known: Partial<ProposalRequest> = {}): ProposalRequest => ({
  agent: agent(0.9),
  knobs: [model()],
  metric: 'costUsd',
  catalogue: builtInCatalogue,
  objective,
  lineages: new Map(),
  aggressiveness: 3,
  isOpen: () => true,
  allowed: (_knob, _from, to) => to,
  refused: () => undefined,
  untried: () => ['tiny', 'small', 'large'],
  ...known,
})
const next = (known: Partial<ProposalRequest> = {}) => proposeChoiceStep(request(known), { model: 'medium' })?.changes[0]?.to
const changed = (...names: string[]) => trialRecord({ changes: names.map((name) => ({ knob: name, from: 'a', to: 'b' })) })

describe('the next step over a choice', () => {
  test('leads to a neighbour in the list that no trial has measured', () => {
    expect(next()).toBe('small')
    expect(next({ untried: () => ['tiny', 'large'] })).toBe('large')
    expect(next({ untried: () => [] })).toBeUndefined()
  })

  test('over values from the least to the most goes down for a lower cost, and up for a better quality', () => {
    const knobs = [model({ ordered: true })]
    expect(next({ knobs })).toBe('small')
    expect(next({ knobs, metric: 'qualityScore' })).toBe('large')
  })

  test('follows what is declared to help', () => {
    expect(next({ knobs: [model({ affects: [{ metric: 'costUsd', improves: 'increase' }] })] })).toBe('large')
  })

  test('passes over what is not allowed or was rolled back', () => {
    expect(next({ allowed: (_knob, _from, to) => (to === 'small' ? undefined : to) })).toBe('large')
    expect(next({ refused: ([change]) => (change!.to === 'small' ? 'model' : undefined) })).toBe('large')
    expect(next({ isOpen: () => false })).toBeUndefined()
  })

  test('is taken without an objective if the knob is declared to be of low risk and to affect the metric', () => {
    const without = (known: object) => next({ objective: undefined, metric: 'responseTime', knobs: [model(known)] })
    const affects = [{ metric: 'responseTime' }]
    expect(without({ affects })).toBe('small')
    expect(without({ affects, risk: 'medium' })).toBeUndefined()
    expect(without({ affects: [{ metric: 'successRate' }] })).toBeUndefined()
  })

  test('does not follow another one at once', () => {
    expect(next({ trials: [changed('model')] })).toBeUndefined()
    expect(next({ trials: [changed('model'), changed('max_tokens')] })).toBe('small')
    expect(next({ trials: [changed('model', 'max_tokens')] })).toBe('small')
  })

  test('comes first if every bound leaves room for it, or if two trials in a row have brought nothing', () => {
    expect(prefersChoiceStep(request())).toBe(true)
    expect(prefersChoiceStep(request({ agent: agent(0.81) }))).toBe(false)
    expect(prefersChoiceStep(request({ agent: agent(0.9, 2_900) }))).toBe(false)
    expect(prefersChoiceStep(request({ objective: undefined }))).toBe(false)
    const inVain = { ...changed('max_tokens'), verdict: 'undecided' as const }
    expect(prefersChoiceStep(request({ agent: agent(0.81), trials: [inVain, inVain] }))).toBe(true)
    expect(prefersChoiceStep(request({ agent: agent(0.81), trials: [inVain, { ...inVain, verdict: 'keep' }] }))).toBe(false)
  })
})
