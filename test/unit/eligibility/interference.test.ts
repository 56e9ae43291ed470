import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AgentPair, findInterferingTrial, findNextEligibleStrategy } from '../../../src/analysis/eligibility/interference.ts'

const on = (agentId: string) => ({ agentId })
const pairs: AgentPair[] = [
  ['hunter', 'executor'],
  ['executor', 'orchestrator'],
]

describe('the next strategy', () => {
  test('is the best one', () => {
    expect(findNextEligibleStrategy([on('hunter'), on('analyzer')], [], pairs)).toEqual(on('hunter'))
  })

  test('is not one that would interfere with a running trial', () => {
    const waiting = [on('hunter'), on('executor'), on('analyzer')]
    expect(findNextEligibleStrategy(waiting, [on('hunter')], pairs)).toEqual(on('analyzer'))
    expect(findNextEligibleStrategy(waiting, [on('executor')], pairs)).toEqual(on('analyzer'))
    expect(findNextEligibleStrategy(waiting, [on('orchestrator')], pairs)).toEqual(on('hunter'))
  })

  test('is none if all would interfere', () => {
    expect(findNextEligibleStrategy([on('hunter'), on('orchestrator')], [on('executor')], pairs)).toBeUndefined()
  })

  test('trials on agents that exchange messages interfere, in either direction', () => {
    expect(findInterferingTrial('hunter', [on('executor')], pairs)).toEqual(on('executor'))
    expect(findInterferingTrial('executor', [on('hunter')], pairs)).toEqual(on('hunter'))
    expect(findInterferingTrial('hunter', [on('orchestrator'), on('hunter')], pairs)).toBeUndefined()
  })

  test('no two running trials are on agents that exchange messages, in whatever order they start', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    fc.assert(
      fc.property(fc.array(fc.tuple(names, names)), fc.array(names), (pairs, order) => {
        const waiting = order.map(on)
        const running: { agentId: string }[] = []
        for (
          let next = findNextEligibleStrategy(waiting, running, pairs);
          next;
          next = findNextEligibleStrategy(waiting, running, pairs)
        ) {
          running.push(next)
          waiting.splice(waiting.indexOf(next), 1)
        }
        expect(new Set(running.map(({ agentId }) => agentId)).size).toBe(running.length)
        for (const { agentId } of running) expect(findInterferingTrial(agentId, running, pairs)).toBeUndefined()
      }),
    )
  })
})
