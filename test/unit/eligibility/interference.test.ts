import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AgentPair, findInterfering, findNextEligible } from '../../../src/analysis/eligibility/interference.ts'

const on = (agentId: string) => ({ agentId })
const pairs: AgentPair[] = [
  ['hunter', 'executor'],
  ['executor', 'orchestrator'],
]

describe('the next strategy', () => {
  test('is the best one', () => {
    expect(findNextEligible([on('hunter'), on('analyzer')], [], pairs)).toEqual(on('hunter'))
  })

  test('is not one that would interfere with a running trial', () => {
    const waiting = [on('hunter'), on('executor'), on('analyzer')]
    expect(findNextEligible(waiting, [on('hunter')], pairs)).toEqual(on('analyzer'))
    expect(findNextEligible(waiting, [on('executor')], pairs)).toEqual(on('analyzer'))
    expect(findNextEligible(waiting, [on('orchestrator')], pairs)).toEqual(on('hunter'))
  })

  test('is none if all would interfere', () => {
    expect(findNextEligible([on('hunter'), on('orchestrator')], [on('executor')], pairs)).toBeUndefined()
  })

  test('trials on agents that exchange messages interfere, in either direction', () => {
    expect(findInterfering('hunter', [on('executor')], pairs)).toEqual(on('executor'))
    expect(findInterfering('executor', [on('hunter')], pairs)).toEqual(on('hunter'))
    expect(findInterfering('hunter', [on('orchestrator'), on('hunter')], pairs)).toBeUndefined()
  })

  test('no two running trials are on agents that exchange messages, in whatever order they start', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    fc.assert(
      fc.property(fc.array(fc.tuple(names, names)), fc.array(names), (pairs, order) => {
        const waiting = order.map(on)
        const running: { agentId: string }[] = []
        for (let next = findNextEligible(waiting, running, pairs); next; next = findNextEligible(waiting, running, pairs)) {
          running.push(next)
          waiting.splice(waiting.indexOf(next), 1)
        }
        expect(new Set(running.map(({ agentId }) => agentId)).size).toBe(running.length)
        for (const { agentId } of running) expect(findInterfering(agentId, running, pairs)).toBeUndefined()
      }),
    )
  })
})
