import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AgentPair,
  doTrialsInterfere,
  findNextEligible,
  remainingCandidates,
} from '../../../src/analysis/eligibility/index.ts'

const on = (agentId: string) => ({ agentId })
const pairs: AgentPair[] = [
  ['hunter', 'executor'],
  ['executor', 'orchestrator'],
]

describe('whose turn it is', () => {
  test('the best is first', () => {
    expect(findNextEligible([on('hunter'), on('analyzer')], [], pairs)).toEqual(on('hunter'))
  })

  test('whoever would disturb what runs lets the next one pass', () => {
    const waiting = [on('hunter'), on('executor'), on('analyzer')]
    expect(findNextEligible(waiting, [on('hunter')], pairs)).toEqual(on('analyzer'))
    expect(findNextEligible(waiting, [on('executor')], pairs)).toEqual(on('analyzer'))
    expect(findNextEligible(waiting, [on('orchestrator')], pairs)).toEqual(on('hunter'))
  })

  test('nobody, where everything would disturb', () => {
    expect(findNextEligible([on('hunter'), on('orchestrator')], [on('executor')], pairs)).toBeUndefined()
  })

  test('agents that speak with each other disturb each other, whoever began', () => {
    expect(doTrialsInterfere('hunter', 'executor', pairs)).toBe(true)
    expect(doTrialsInterfere('executor', 'hunter', pairs)).toBe(true)
    expect(doTrialsInterfere('hunter', 'orchestrator', pairs)).toBe(false)
    expect(doTrialsInterfere('hunter', 'hunter', [])).toBe(true)
  })

  test('no two that run ever speak with each other, in whatever order they come', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    fc.assert(
      fc.property(fc.array(fc.tuple(names, names)), fc.array(names), (pairs, order) => {
        const waiting = order.map(on)
        const running: { agentId: string }[] = []
        for (let next = findNextEligible(waiting, running, pairs); next; next = findNextEligible(waiting, running, pairs)) {
          running.push(next)
          waiting.splice(waiting.indexOf(next), 1)
        }
        for (const one of running)
          for (const other of running) expect(one === other || !doTrialsInterfere(one.agentId, other.agentId, pairs)).toBe(true)
      }),
    )
  })
})

describe('the budget of harm', () => {
  test.each([
    [1, 1],
    [5, 1],
    [8, 2],
    [9, 2],
    [100, 20],
  ])('of %i instances %i may be candidates by default', (live, candidates) => {
    expect(remainingCandidates({ live, candidates: 0, share: 0.2 })).toBe(candidates)
  })

  test('is used up by the candidates that run', () => {
    expect(remainingCandidates({ live: 9, candidates: 1, share: 0.2 })).toBe(1)
    expect(remainingCandidates({ live: 9, candidates: 2, share: 0.2 })).toBe(0)
    expect(remainingCandidates({ live: 5, candidates: 2, share: 0.2 })).toBe(-1)
  })

  test('is narrowed by the operator’s share, which is not exceeded by a fraction of an instance', () => {
    expect(remainingCandidates({ live: 9, candidates: 0, share: 0.2, hardShare: 0.2 })).toBe(1)
    expect(remainingCandidates({ live: 9, candidates: 0, share: 0.2, hardShare: 0.9 })).toBe(2)
    expect(remainingCandidates({ live: 9, candidates: 0, share: 0.2, hardShare: 0.01 })).toBe(1)
  })
})
