import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyAdaptation, decideAdaptation, selectTrialsOfLiveAgents } from '../../../src/analysis/policy/adaptation.ts'
import { applyCommand } from '../../../src/analysis/policy/apply-command.ts'
import type { Severity } from '../../../src/model/bottleneck.ts'
import { describeHighLoad } from '../../../src/model/host-load.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import type { Verdict } from '../../../src/model/trial.ts'
import { now, trialRecord } from '../../support/profiles.ts'

const minute = 60_000
/** Newest first, ten minutes apart. */
const trials = (verdicts: Verdict[], minutesAgo = 5) =>
  verdicts.map((verdict, i) => trialRecord({ verdict, at: now - (minutesAgo + 10 * i) * minute }))
const times = (count: number, verdict: Verdict) => Array<Verdict>(count).fill(verdict)
const step = (verdicts: Verdict[], worst: Severity | null, minutesAgo?: number) =>
  decideAdaptation(trials(verdicts, minutesAgo), worst, now).step

describe('the optimizer’s aggressiveness', () => {
  test('is lowered after harm, however unhealthy the fleet is', () => {
    expect(step(['roll-back', 'keep', 'roll-back', 'keep', 'roll-back', 'keep'], 'critical')).toBe(-1)
  })

  test('is raised if the fleet is unhealthy and changes help, or nothing has helped for an hour', () => {
    expect(step(['keep', 'keep', 'undecided', 'keep', 'undecided', 'undecided'], 'high')).toBe(1)
    expect(step(times(8, 'undecided'), 'high')).toBe(1)
    expect(step([...times(5, 'undecided'), 'keep'], 'high')).toBe(0)
  })

  test('is not raised while a host is under high load', () => {
    const load = (cpuPercent: number) => describeHighLoad([{ host: 'box', cpuPercent, memoryPercent: 50 }], 90)
    expect(load(90)).toBeUndefined()
    const adaptation = decideAdaptation(trials(times(8, 'keep')), 'critical', now, load(98))
    expect(adaptation).toEqual({
      step: 0,
      reason: 'no bolder, although the fleet is unhealthy, because box uses 98% of its CPU (limit: 90%)',
    })
    expect(decideAdaptation(trials(times(6, 'roll-back')), 'critical', now, load(98)).step).toBe(-1)
  })

  test('is lowered if the fleet is healthy and there was no gain for an hour', () => {
    expect(step(times(6, 'keep'), null, 61)).toBe(-1)
    expect(step(times(6, 'keep'), null, 5)).toBe(0)
    expect(step(times(6, 'undecided'), 'low')).toBe(-1)
  })

  test('is not lowered because of harm on agents that are gone', () => {
    const harmful = trials(times(6, 'roll-back')).map((trial) => ({ ...trial, agentId: 'gone' }))
    const all = [...harmful, ...trials(times(6, 'keep'))]
    const agents = [
      { agentId: 'gone', instances: 0 },
      { agentId: 'market-hunter', instances: 1 },
    ]
    expect(decideAdaptation(all, null, now).step).toBe(-1)
    expect(decideAdaptation(selectTrialsOfLiveAgents(all, agents), null, now).step).toBe(0)
    expect(selectTrialsOfLiveAgents(all, undefined)).toEqual(all)
  })

  test('is unchanged until there are enough trials, and by trials that people requested', () => {
    expect(step(times(5, 'roll-back'), 'critical')).toBe(0)
    const ended = trials(times(9, 'roll-back')).map((trial) => ({ ...trial, unjudged: true }))
    expect(decideAdaptation(ended, null, now).reason).not.toContain('did harm')
    const persons = trials(times(9, 'roll-back')).map((trial) => ({ ...trial, type: 'operator_request' as const }))
    expect(decideAdaptation(persons, 'critical', now).step).toBe(0)
  })

  test('stays within one level of the requested one and within the operator’s limits', () => {
    const level = (asked: number, step: -1 | 0 | 1, limits = {}) =>
      applyAdaptation({ aggressivenessAsked: asked }, { step, reason: '' }, limits)
    expect([level(3, 1), level(3, 0), level(3, -1), level(5, 1), level(1, -1)]).toEqual([4, 3, 2, 5, 1])
    expect(level(3, 1, { maxAggressiveness: 3 })).toBe(3)
    expect(level(3, -1, { minAggressiveness: 3 })).toBe(3)
    expect(level(5, 0, { maxAggressiveness: 2 })).toBe(2)
  })

  test('is a valid level whatever the limits are', () => {
    const any = fc.integer({ min: 1, max: 5 })
    fc.assert(
      fc.property(any, fc.constantFrom(-1 as const, 0 as const, 1 as const), any, any, (asked, step, min, max) => {
        const level = applyAdaptation(
          { aggressivenessAsked: asked },
          { step, reason: '' },
          { minAggressiveness: min, maxAggressiveness: max },
        )
        expect([1, 2, 3, 4, 5]).toContain(level)
        expect(level).toBeLessThanOrEqual(max)
      }),
    )
  })

  test('follows a person at once, relative to the level requested before', () => {
    const bolder = { ...defaultPolicy, aggressiveness: 4 }
    expect(applyCommand(bolder, { type: 'increaseAggressiveness' })).toMatchObject({ aggressiveness: 4, aggressivenessAsked: 4 })
    expect(applyCommand(bolder, { type: 'decreaseAggressiveness' })).toMatchObject({ aggressiveness: 2, aggressivenessAsked: 2 })
    expect(applyCommand(bolder, { type: 'setAggressiveness', level: 1 })).toMatchObject({
      aggressiveness: 1,
      aggressivenessAsked: 1,
    })
  })
})
