import { describe, expect, test } from 'vitest'
import { toFinishedTrial } from '../../../src/model/finished-trial.ts'
import type { OptimizationResult } from '../../../src/model/result.ts'
import { planned, resultOf } from '../../support/trial-facts.ts'

const learned = (known: Partial<OptimizationResult>) =>
  toFinishedTrial(resultOf(planned(), known), { kind: 'hunter', baseline: {} })
const undone = { at: '2026-11-22T00:00:00.000Z', reason: 'ada restored version 1', harmful: false }

describe('what a trial teaches', () => {
  test('is its verdict if the judge gave it', () => {
    expect(learned({})).toMatchObject({ verdict: 'keep', unjudged: false, byPerson: false })
  })

  test('stays a success if a person undoes it, and is harm if it did harm', () => {
    expect(learned({ undone })).toMatchObject({ verdict: 'keep', byPerson: false, undoneAt: Date.parse(undone.at) })
    expect(learned({ undone: { ...undone, harmful: true } })).toMatchObject({ verdict: 'roll-back', unjudged: false })
  })

  test('is no failure if a person rolled it back, unless the person called it harmful', () => {
    const rolledBack = { success: false, verdict: 'roll-back', endedBy: 'person' } as const
    expect(learned({ ...rolledBack, judged: false })).toMatchObject({ unjudged: true, byPerson: true })
    expect(learned({ ...rolledBack, judged: true })).toMatchObject({ unjudged: false, byPerson: false })
    expect(learned({ ...rolledBack, judged: false, endedBy: 'agent' })).toMatchObject({ unjudged: true, byPerson: false })
  })

  test('is a failure if the agent refused the change, or nothing could be measured before it was rolled back', () => {
    const rolledBack = { success: false, verdict: 'roll-back', actualImprovement: null } as const
    expect(learned({ ...rolledBack, judged: false, endedBy: 'agent' })).toMatchObject({ failed: true })
    expect(learned({ ...rolledBack, judged: true, endedBy: 'judge' })).toMatchObject({ failed: true })
    expect(learned({ ...rolledBack, judged: true, endedBy: 'judge', actualImprovement: -60 })).not.toHaveProperty('failed')
    for (const endedBy of ['person', 'limits'] as const)
      expect(learned({ ...rolledBack, judged: false, endedBy })).not.toHaveProperty('failed')
  })

  test('may be chance if the judge found the candidate silent', () => {
    const silent = resultOf(planned(), { success: false, verdict: 'roll-back', endedBy: 'judge' })
    const known = { kind: 'hunter', baseline: {} }
    expect(toFinishedTrial(silent, { ...known, code: 'silent' })).toMatchObject({ silent: true })
    expect(toFinishedTrial(silent, { ...known, code: 'worse' })).not.toHaveProperty('silent')
  })

  test('is a measurement if a person kept it without proof, and nothing if its workflow failed', () => {
    const unproven = { success: false, verdict: 'undecided', judged: false } as const
    expect(learned({ ...unproven, keptBy: 'ada', endedBy: 'person' })).toMatchObject({ verdict: 'undecided', byPerson: true })
    expect(learned({ ...unproven, endedBy: 'failure' })).toBeUndefined()
  })
})
