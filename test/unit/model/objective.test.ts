import { expect, test } from 'vitest'
import {
  findObjective,
  getObjectiveMetric,
  listObjectiveMetrics,
  mergeObjectives,
  type ObjectiveInput,
  objectiveSchema,
} from '../../../src/model/objective.ts'

const objective = (input: ObjectiveInput) => objectiveSchema.parse(input)
const ofFleet = objective({ minimize: 'costUsd' })
const ofKind = objective({ kind: 'bot', minimize: 'outputTokens' })
const bot = { agentId: 'frugal', kind: 'bot' }

test('an objective that is set by command takes the place of the one for the same agents, and of no other', () => {
  const set = objective({ kind: 'bot', maximize: 'qualityScore' })
  const merged = mergeObjectives([ofFleet, ofKind], [{ agent: null, kind: 'bot', objective: set }])
  expect(merged).toEqual([set, ofFleet])
  expect(findObjective(merged, bot)).toBe(set)
})

test('one that is cleared leaves what the configuration says', () => {
  const merged = mergeObjectives([ofFleet, ofKind], [{ agent: null, kind: 'bot', objective: null }])
  expect(findObjective(merged, bot)).toBe(ofKind)
  expect(findObjective(mergeObjectives([], [{ agent: 'frugal', kind: null, objective: null }]), bot)).toBeUndefined()
})

test.each([
  [{ minimize: 'costUsd' }, 'costUsd', ['costUsd']],
  [{ weigh: { costUsd: 1 } }, 'costUsd', ['costUsd']],
  [{ weigh: { costUsd: 1, cpuMs: 1 } }, 'weightedSum', ['costUsd', 'cpuMs']],
  [{ weigh: 'coordination' }, 'coordinationScore', ['coordinationScore']],
  [{ weigh: 'efficiency' }, 'weightedSum', []],
] as const)('%j is about %s and needs all of %j to be reported', (input, goal, needed) => {
  const told = objective({ ...input, subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
  expect(getObjectiveMetric(told)).toBe(goal)
  expect(listObjectiveMetrics(told)).toEqual([...needed, 'qualityScore'])
})
