import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { agents } from '../../../examples/fleet/fleet.ts'
import { knobs as execution } from '../../../examples/fleet/intelligent-execution-agent/knobs.ts'
import { knobs as analyzer } from '../../../examples/fleet/market-analyzer/knobs.ts'
import { knobs as hunter } from '../../../examples/fleet/market-hunter/knobs.ts'
import { knobs as architect } from '../../../examples/fleet/narrative-architect/knobs.ts'
import { knobs as assistant } from '../../../examples/fleet/research-assistant/knobs.ts'
import { knobs as orchestrator } from '../../../examples/fleet/strategic-orchestrator/knobs.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { knobSchema } from '../../../src/model/knob.ts'
import { root } from '../../support/documents.ts'

describe.each(Object.entries({ hunter, analyzer, execution, architect, orchestrator, assistant }))(
  'the knobs of %s',
  (_, knobs) => {
    test('are well formed, between six and ten, and say what they affect', () => {
      const parsed = knobs.map((knob) => knobSchema.parse(knob))
      expect(parsed.length).toBeGreaterThanOrEqual(6)
      expect(parsed.length).toBeLessThanOrEqual(10)
      expect(parsed.every(({ affects, description }) => affects.length > 0 && description.length > 0)).toBe(true)
    })
  },
)

test('the configuration of the fleet has objectives for its kinds only, and leaves room for their trials', () => {
  const { objectives, trials } = loadConfig({ OPTIMIZER_CONFIG: join(root, 'examples/fleet/optimizer.config.json') })
  expect(objectives.map(({ kind, minimize }) => [kind, minimize])).toEqual([['research-assistant', 'costUsd']])
  const live = agents.reduce((sum, { instances }) => sum + instances, 0)
  expect(Math.round(live * trials.candidateShare)).toBeGreaterThanOrEqual(trials.concurrent)
})
