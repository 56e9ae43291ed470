import { expect, test } from 'vitest'
import { findUnmatchedRules } from '../../../src/analysis/eligibility/index.ts'
import { type Knob, knobSchema } from '../../../src/model/knob.ts'
import { limitsSchema } from '../../../src/model/limits.ts'
import { createCatalogue } from '../../../src/model/metric.ts'

const knob: Knob = knobSchema.parse({ name: 'cacheSize', type: 'int', min: 1, max: 9, default: 2, purpose: 'caching' })
const agents = [{ agentId: 'hunter', kind: 'market-hunter' }]
const of = (limits: object) => findUnmatchedRules(limitsSchema.parse(limits), agents, { hunter: [knob] }, createCatalogue([]))

test('rules about existing agents, kinds and knobs, or about all, match', () => {
  expect(of({ neverTouch: [{ knob: 'cacheSize' }, { agent: 'hunter' }], maxSteps: [{ share: 0.1 }] })).toEqual([])
  expect(of({ floors: [{ kind: 'market-hunter', successRate: 0.5 }], freeze: [{ begins: '0 0 * * *', hours: 1 }] })).toEqual([])
})

test('a rule about an unknown agent, kind or knob is reported', () => {
  expect(of({ neverTouch: [{ knob: 'cachSize' }, { agent: 'hunter', knob: 'size' }] })).toEqual([
    'neverTouch {"knob":"cachSize"}',
    'neverTouch {"agent":"hunter","knob":"size"}',
  ])
  expect(of({ floors: [{ agent: 'huntress', successRate: 0.5 }] })).toEqual(['floors {"agent":"huntress"}'])
})

test('a floor on a metric that nobody knows matches nothing', () => {
  const unknown = {
    floors: [
      { metric: 'qualtyScore', min: 0.8 },
      { metric: 'qualityScore', min: 0.8 },
    ],
  }
  expect(of(unknown)).toEqual(['floors {"metric":"qualtyScore"}'])
})
