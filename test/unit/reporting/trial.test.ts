import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explainTrial } from '../../../src/analysis/reporting/explaining/index.ts'
import type { TrialFacts } from '../../../src/analysis/reporting/explaining/trial-facts.ts'
import type { OptimizationResult } from '../../../src/model/result.ts'
import { arbitraryTrialFacts } from '../../support/arbitrary-trial-facts.ts'
import { trialRecord } from '../../support/profiles.ts'
import { strategyFor } from '../../support/store.ts'
import { judgement, kept, planned, putBack, recordedTrial, resultOf, second, written } from '../../support/trial-facts.ts'

const section = (facts: TrialFacts, title: string) =>
  explainTrial(facts)
    .sections.find((one) => one.title === title)!
    .sentences.join('\n')

describe('a change that was proven and kept', () => {
  const facts = kept()

  test('is summed up in one sentence', () => {
    expect(explainTrial(facts).summary).toBe(
      'cacheTtlMs from 0 to 600 on hunter is in force on every instance: 23.4% faster (12.1 to 33.0% faster).',
    )
  })

  test('names its cause, a bottleneck with its figures', () => {
    expect(section(facts, 'Cause')).toContain(
      'hunter response time is 2800ms (threshold: 2000ms), 40.0% over the threshold: a bottleneck of high severity.',
    )
  })

  test('says why this change was chosen, and the results of earlier trials of its knobs', () => {
    expect(section(facts, 'Change')).toContain("The planner's reason: cacheTtlMs up: declared to help, not tried yet.")
    expect(section(facts, 'Change')).toContain('No earlier trial of cacheTtlMs on agents of kind hunter is on record.')
    const changes = [{ knob: 'cacheTtlMs', from: 0, to: 60 }]
    const experience = [trialRecord({ kind: 'hunter', changes, at: second(-60).getTime(), verdict: 'undecided', interval: null })]
    expect(section(kept({ experience }), 'Change')).toContain(
      'Earlier trials on agents of kind hunter: cacheTtlMs from 0 to 60 on market-hunter ended undecided, 10.0% faster.',
    )
  })

  test('says what was expected and measured, with the expected interval if there is one', () => {
    expect(section(facts, 'Expected effect')).toContain('17.5% faster.')
    const predicting = (expectedInterval: [number, number]) => kept({ strategy: { ...facts.strategy, expectedInterval } })
    expect(section(predicting([8, 26]), 'Expected effect')).toContain(
      '17.5% faster, with a probability of 80% between 8.0 and 26.0% faster.',
    )
    expect(section(predicting([8, 26]), 'Measured effect')).toContain('That is within the expected range.')
    expect(section(predicting([8, 20]), 'Measured effect')).toContain('That is more than expected.')
    expect(section(facts, 'Measured effect')).toContain('40 samples with the change, 80 without.')
    expect(section(facts, 'Measured effect')).toContain(
      'median response time 2800 ms without the change, 2145 ms with it; success rate 90% without, 90% with it.',
    )
  })

  test('lists its steps in chronological order', () => {
    expect(section(facts, 'Timeline').split('\n')).toEqual([
      '2026-11-21T11:00:00Z  cycle-1 planned it.',
      '2026-11-21T11:00:10Z  candidate: version 2 was assigned to hunter-1; hunter-2 and hunter-3 stayed unchanged.',
      '2026-11-21T11:00:12Z  hunter-1 confirmed it, and the measurement started.',
      '2026-11-21T11:01:00Z  half: it was proven and applied to hunter-2 as well.',
      '2026-11-21T11:01:25Z  all: version 2 became the configuration of hunter on every instance.',
    ])
  })

  test('lists its suspensions, each with the versions that were then in force', () => {
    const suspensions = [{ from: second(20).getTime(), to: second(30).getTime() }]
    const trial = recordedTrial({ candidateVersion: 4, suspensions })
    const timeline = section(kept({ trial, versions: [2, 3, 4].map((version) => written(version)) }), 'Timeline').split('\n')
    expect(timeline.slice(1, 5)).toEqual([
      '2026-11-21T11:00:10Z  candidate: version 2 was assigned to hunter-1; hunter-2 and hunter-3 stayed unchanged.',
      '2026-11-21T11:00:12Z  hunter-1 confirmed it, and the measurement started.',
      '2026-11-21T11:00:20Z  suspended by a freeze window: version 3 restored the previous values on the candidates.',
      '2026-11-21T11:00:30Z  resumed: version 4 applied the change again.',
    ])
    expect(timeline.at(-1)).toContain('all: version 4 became the configuration')
  })

  test('says how a single instance alternated', () => {
    const blocks = [
      { arm: 'control' as const, from: second(13).getTime(), to: second(20).getTime() },
      { arm: 'candidate' as const, from: second(20).getTime(), to: null },
    ]
    const explained = kept({ trial: recordedTrial({ design: 'switchback', controlInstances: [], blocks }) })
    expect(section(explained, 'Timeline')).toContain('in randomly ordered pairs')
    expect(JSON.stringify(explainTrial(explained))).toContain('hunter-1 alternated between the change and the previous values')
  })

  test('says what was learned, and what was expected and chosen next', () => {
    const next = { ...strategyFor('hunter', 'opt_2_next'), expectedImprovement: 20 }
    const later = trialRecord({
      kind: 'hunter',
      changes: [{ knob: 'cacheTtlMs', from: 600, to: 900 }],
      at: second(500).getTime(),
    })
    const learned = section(kept({ next, experience: [...facts.experience, later] }), 'Lessons')
    expect(learned).toContain('Proven trials of type agent_response_time on agents of kind hunter: 1 of 1 (100%)')
    expect(learned).toContain("The optimizer's autonomy for hunter went from 0.80 to 0.82.")
    expect(learned).toContain('opt_2_next on hunter: 20.0% faster; from this one: 17.5% faster.')
    expect(learned).toContain('Next trial: cacheTtlMs from 600 to 900 on market-hunter was kept')
  })

  test('is said to respect the objective that it serves, not to harm nothing', () => {
    const objective = { minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }], tolerate: {} }
    const reported = { costUsd: { mean: 0.01, standardError: 0, samples: 50 } }
    const { before, after } = facts.trial!.metrics!
    const usual = section(kept({ trial: recordedTrial({ metrics: { before, after: { ...after, reported } } }) }), 'Decision')
    expect(usual).toContain('more than slight harm to success rate and coordination score is ruled out')
    expect(usual).toContain('Not checked for harm: cost.')
    const decision = section(kept({ strategy: { ...facts.strategy, objective } }), 'Decision')
    expect(decision).toContain('the bounds and tolerances of the objective are respected')
    expect(decision).not.toContain('harm')
  })

  test('is undone by one command', () => {
    expect(explainTrial(facts).undo).toBe('npx optimizer rollback opt_1_abcde')
  })

  test('has nothing left to undo once a person has changed its knobs', () => {
    const edited = { origin: 'operator' as const, trialId: null, createdAt: second(400) }
    const edit = written(3, { ...edited, reason: 'ada set cacheTtlMs', values: { cacheTtlMs: 5 } })
    const unrelated = written(4, { ...edited, reason: 'ada set depth', values: { cacheTtlMs: 5, depth: 1 } })
    const current = { version: 3, values: { cacheTtlMs: 5 } }
    const since = kept({ versions: [written(2), edit, unrelated], current, standing: 'overridden' })
    expect(explainTrial(since)).toMatchObject({
      undo: null,
      summary: expect.stringContaining('was kept and has been overridden since'),
    })
    expect(section(since, 'Timeline')).toContain("a person's edit, version 3: ada set cacheTtlMs.")
    expect(section(since, 'Timeline')).not.toContain('ada set depth')
  })
})

test('a kept change of an agent that was forgotten is not called rolled back, and says what happens if the agent returns', () => {
  const facts = kept({ standing: 'forgotten' })
  const { summary, undo } = explainTrial(facts)
  expect(summary).toContain('was kept, until its agent was forgotten')
  expect(undo).toBe('npx optimizer rollback opt_1_abcde')
  expect(section(facts, 'Undo')).toContain('If it comes back, so do its settings')
})

describe('a kept change that was undone', () => {
  const undone = { at: second(500).toISOString(), reason: 'ada restored version 1', harmful: false }
  const facts = (known: Partial<OptimizationResult>) => {
    const before = kept({ trial: recordedTrial({ state: 'restored', restoredVersion: 3 }), standing: 'restored' })
    return { ...before, result: resultOf(before, known) }
  }

  test('keeps its verdict, and says when and why it was undone', () => {
    const byPerson = facts({ undone })
    expect(explainTrial(byPerson).summary).toContain('was kept and rolled back later')
    expect(section(byPerson, 'Decision')).toContain('Proven: response time is better.')
    expect(section(byPerson, 'Decision')).toContain('Undone later, at 2026-11-21T11:08:20Z: ada restored version 1.')
    expect(section(byPerson, 'Decision')).toContain('undoing the change says nothing about harm')
    expect(explainTrial(byPerson).undo).toBeNull()
  })

  test('because of harm says that it counts', () => {
    expect(section(facts({ undone: { ...undone, harmful: true } }), 'Decision')).toContain('This counts as harm.')
  })
})

describe('a change that was rolled back', () => {
  test.each([
    ['roll-back', 'worse', 'response time is worse', 'Rolled back: response time is worse.'],
    ['roll-back', 'guardrail', 'guardrail: success rate is worse', 'A guardrail is a metric that a change must not harm'],
    ['roll-back', 'silent', 'the candidate is silent: 12 executions were expected from it', 'silence counts as harm'],
    [
      'undecided',
      'not-proven',
      'an effect of at least 5% on response time was not proven',
      'A change that is not proven to help is rolled back',
    ],
    [
      'undecided',
      'bound-not-proven',
      'cost is better, but it is not proven that quality score is at least 80%',
      'The gain is proven, but not that the bound is met.',
    ],
  ] as const)('that was %s, because it was %s, says why: %s', (decision, code, reason, words) => {
    const facts = putBack(decision, reason, { code })
    expect(section(facts, 'Decision')).toContain(words)
    expect(section(facts, 'Timeline')).toContain(
      'version 3 was assigned to every instance: Restored the configuration from before',
    )
    expect(explainTrial(facts).undo).toBeNull()
    expect(section(facts, 'Undo')).toContain('npx optimizer try hunter --set cacheTtlMs=600')
  })

  test('is explained by the code of the judgement, never by its words', () => {
    const named = 'toolCalls is better, but guardrail_hits is worse: silent'
    expect(section(putBack('undecided', named), 'Decision')).not.toContain('The gain is proven')
    const decision = section(putBack('roll-back', named, { code: 'worse' }), 'Decision')
    expect(decision).not.toContain('A guardrail is')
    expect(decision).not.toContain('silence counts as harm')
  })

  test('is summed up with the reason before the effect, and its figures are said to be uncorrected', () => {
    const facts = putBack('roll-back', 'guardrail: success rate is worse')
    expect(explainTrial(facts).summary).toContain('was tried and rolled back: guardrail: success rate is worse; measured: ')
    expect(explainTrial(putBack('continue', 'Rolled back: ada wanted it')).summary).toContain(
      'was tried and rolled back: ada wanted it',
    )
    expect(section(facts, 'Measured effect')).toContain(
      'As measured, before correcting for how the instances differed: median response time',
    )
  })

  test('because somebody objected says who it was, and counts as a lesson', () => {
    const facts = putBack('continue', 'Rolled back: ada wanted it')
    expect(section(facts, 'Decision')).toContain('Outcome: Rolled back: ada wanted it.')
    expect(section(facts, 'Lessons')).toContain('autonomy')
  })

  test('because something else failed teaches nothing', () => {
    const facts = putBack('continue', 'Rolled back: its workflow was cancelled')
    const undecided = { ...facts, result: { ...facts.result!, verdict: 'undecided' as const } }
    expect(section(undecided, 'Lessons')).toContain('it proves nothing either way')
  })

  test('after its workflow was terminated says that it was rolled back, as far as is known', () => {
    const terminated = { ...putBack('continue', ''), result: null }
    const facts = { ...terminated, trial: { ...terminated.trial!, judgement: null } }
    expect(section(facts, 'Decision')).toBe('Restored the configuration from before opt_1_abcde.')
    expect(section({ ...facts, versions: [] }, 'Decision')).toContain('No decision is on record')
  })

  test('for late harm, after it was approved and proven, tells the whole story', () => {
    const harm = 'late harm, 6 min after it was kept: response time is worse (40.0% slower (−55.0 to −25.0))'
    const facts = putBack('keep', 'response time is better', { issues: [harm] })
    const approval = {
      state: 'approved' as const,
      askedAt: second(1),
      until: second(3600),
      decidedAt: second(5),
      decidedBy: 'ada',
      reason: 'a quiet day',
    }
    const reason = `it was kept at first and rolled back later: ${harm}`
    const told = { ...facts, approval, keptAt: second(70), result: { ...facts.result!, verdict: 'roll-back' as const, reason } }
    expect(section(told, 'Decision').split('\n')).toEqual([
      'It was approved by ada: a quiet day.',
      'Proven: response time is better.',
      expect.stringContaining('The whole interval is an improvement'),
      `Outcome: it was kept at first and rolled back later: ${harm}.`,
    ])
    expect(section(told, 'Timeline')).toMatch(
      /approved by ada[\s\S]*all: version 2[\s\S]*version 3 was assigned to every instance/,
    )
  })
})

describe('a change that has not ended', () => {
  test('and runs shows the latest look, and how to end it', () => {
    const running = { state: 'observing', endedAt: null, widenedAt: null, widenedInstances: null } as const
    const trial = recordedTrial({ ...running, judgement: { ...judgement, decision: 'continue', reason: 'it is better so far' } })
    const facts = planned({ trial })
    expect(section(facts, 'Decision')).toContain("The judge's latest look: it is better so far.")
    expect(section(facts, 'Lessons')).toBe('None yet.')
    expect(explainTrial(facts).undo).toBe('npx optimizer rollback opt_1_abcde')
  })

  test('and is judged, though the verdict is not carried out yet, does not say that it is undecided', () => {
    const running = { state: 'observing', endedAt: null, widenedAt: null, widenedInstances: null } as const
    const said = (decision: 'keep' | 'roll-back') =>
      section(planned({ trial: recordedTrial({ ...running, judgement: { ...judgement, decision } }) }), 'Decision')
    expect(said('roll-back')).toContain('It is about to be rolled back.')
    expect(said('keep')).toContain('It will be applied to the other instances.')
    expect(said('roll-back')).not.toContain('No decision yet')
  })

  test('and is being rolled back says what it waits for', () => {
    const facts = putBack('roll-back', 'response time is worse', { state: 'restoring', endedAt: null })
    const alerts = [{ raisedAt: second(85), resolvedAt: null, message: 'hunter-1 cannot be reached' }]
    expect(explainTrial({ ...facts, alerts })).toMatchObject({ summary: expect.stringContaining('is being rolled back') })
    expect(section({ ...facts, alerts }, 'Timeline')).toContain('alert: hunter-1 cannot be reached.')
    expect(section({ ...facts, alerts }, 'Undo')).toContain('npx optimizer give-up opt_1_abcde')
  })

  const asked = { askedAt: second(1), until: second(3600), decidedAt: null, decidedBy: null, reason: null }
  test('and waits for approval says until when and how to answer', () => {
    const strategy = { ...planned().strategy, asks: { risk: 'high' as const, autonomy: 0.8 } }
    const facts = planned({ strategy, approval: { ...asked, state: 'open' } })
    expect(section(facts, 'Change')).toContain("at an autonomy of 0.80 for agents of this kind, that needs a person's approval")
    expect(section(facts, 'Decision')).toContain('by 2026-11-21T12:00:00Z')
    expect(explainTrial(facts).undo).toBe('npx optimizer decline opt_1_abcde')
  })

  test.each([
    ['declined', 'It was declined by ada: not on a Friday.'],
    ['timed-out', 'It was not approved in time.'],
    ['lapsed', 'It was approved by ada: not on a Friday.'],
  ] as const)('and was %s says so', (state, words) => {
    const approval = { ...asked, state, decidedAt: second(9), decidedBy: 'ada', reason: 'not on a Friday' }
    expect(section(planned({ approval }), 'Decision')).toContain(words)
    expect(explainTrial(planned({ approval })).summary).toContain('was not carried out')
  })

  test('and was never tried says why', () => {
    const facts = planned({ leftBecause: 'no time left in this cycle' })
    expect(section(facts, 'Decision')).toBe('It was not tried: no time left in this cycle.')
    expect(section(facts, 'Undo')).toContain('nothing was changed')
    expect(section(planned(), 'Decision')).toContain('it has not started')
    expect(section(planned({ cycleEnded: true }), 'Decision')).toContain('its cycle ended before reaching it')
  })
})

test('a forecast says that no threshold had been crossed, and which agent and metric it acts on', () => {
  const strategy = {
    ...planned().strategy,
    type: 'predictive_optimization' as const,
    targetComponent: 'system',
    description: 'Raise a from 1 to 2, to make hunter respond faster',
  }
  const seen = section(planned({ strategy, bottleneck: null, seen: 900 }), 'Cause')
  expect(seen).toContain('No threshold had been crossed. Raise a from 1 to 2, to make hunter respond faster.')
  expect(seen).toContain('It acts on hunter, to improve its response time, which was 900 ms.')
})

test("a person's own trial says who asked, that no effect was predicted, and how to try it again, quoted for the shell", () => {
  const actions = [{ description: '', agentId: 'hunter', knob: 'sources', from: ['a', 'b'], to: ["b's", 'a'] }]
  const strategy = {
    ...planned().strategy,
    type: 'operator_request' as const,
    description: 'Try sources b,a on hunter, requested by ada',
    actions,
  }
  const facts = planned({ strategy, cycleId: null, bottleneck: null })
  expect(section(facts, 'Cause')).toContain('requested by ada.')
  expect(section(facts, 'Expected effect')).toContain('No effect was predicted')
  expect(section(facts, 'Undo')).toContain(`--set 'sources=b'\\''s,a'`)
  const done = { ...facts, trial: recordedTrial(), result: resultOf(facts) }
  expect(section(done, 'Lessons')).toContain("does not change the optimizer's autonomy")
})

test('whatever is on record is explained in complete sentences, with nothing missing', () => {
  fc.assert(
    fc.property(arbitraryTrialFacts, (facts) => {
      const { summary, sections } = explainTrial(facts)
      const sentences = [summary, ...sections.flatMap((one) => one.sentences)]
      expect(sections.every((one) => one.sentences.length > 0)).toBe(true)
      expect(sentences.filter((sentence) => /undefined|NaN|null|\[object|Invalid/.test(sentence))).toEqual([])
    }),
  )
})
