import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explainTrial } from '../../../src/analysis/reporting/explaining/index.ts'
import type { TrialFacts } from '../../../src/analysis/reporting/explaining/trial-facts.ts'
import { arbitraryTrialFacts } from '../../support/arbitrary-trial-facts.ts'
import { trialRecord } from '../../support/profiles.ts'
import { strategyFor } from '../../support/store.ts'
import { judgement, kept, planned, putBack, recordedTrial, resultOf, second, written } from '../../support/trial-facts.ts'

const section = (facts: TrialFacts, title: string) =>
  explainTrial(facts)
    .sections.find((one) => one.title.startsWith(title))!
    .sentences.join('\n')

describe('a change that was proven and kept', () => {
  const facts = kept()

  test('is summed up in one sentence', () => {
    expect(explainTrial(facts).summary).toBe(
      'cacheTtlMs from 0 to 600 on hunter is in force on every instance: response time +23.4% (+12.1 to +33.0).',
    )
  })

  test('says which bottleneck was seen, with its figures', () => {
    expect(section(facts, 'What was seen')).toContain(
      'hunter response time is 2800ms (threshold: 2000ms): 40.0 % over the threshold, a bottleneck of severity high.',
    )
  })

  test('says why this change was chosen, and what earlier trials of its knobs came to', () => {
    expect(section(facts, 'Why this change')).toContain('The planner chose it: cacheTtlMs up: declared to help, not tried yet.')
    expect(section(facts, 'Why this change')).toContain('No trial of cacheTtlMs on agents of the kind hunter is remembered')
    const changes = [{ knob: 'cacheTtlMs', from: 0, to: 60 }]
    const experience = [trialRecord({ kind: 'hunter', changes, at: second(-60).getTime(), verdict: 'undecided', interval: null })]
    expect(section(kept({ experience }), 'Why this change')).toContain(
      'Earlier, on agents of the kind hunter (1 trial): cacheTtlMs from 0 to 60 on market-hunter ended undecided, response time +10.0%.',
    )
  })

  test('says what was promised and measured, with the interval of the promise where there is one', () => {
    expect(section(facts, 'What was expected')).toContain('Response time +17.5%.')
    const promise = (expectedInterval: [number, number]) => kept({ strategy: { ...facts.strategy, expectedInterval } })
    expect(section(promise([8, 26]), 'What was expected')).toContain(
      'Response time +17.5%, most likely (80%) within +8.0 to +26.0.',
    )
    expect(section(promise([8, 26]), 'What was measured')).toContain('That is within what was promised.')
    expect(section(promise([8, 20]), 'What was measured')).toContain('That is more than promised.')
    expect(section(facts, 'What was measured')).toContain('40 samples with the change, 80 without.')
    expect(section(facts, 'What was measured')).toContain(
      'median response time 2800 ms and 2145 ms, success rate 90.0 % and 90.0 %',
    )
  })

  test('says what happened at each step, in the order of time', () => {
    expect(section(facts, 'Step by step').split('\n')).toEqual([
      '2026-11-21T11:00:00Z  cycle-1 planned it.',
      '2026-11-21T11:00:10Z  candidate: version 2 was given to hunter-1; hunter-2 and hunter-3 stayed as before.',
      '2026-11-21T11:00:12Z  hunter-1 confirmed it, and the observation began.',
      '2026-11-21T11:01:00Z  half: proven, it went to hunter-2 too, beside the rest.',
      '2026-11-21T11:01:25Z  all: version 2 became the configuration of hunter on every instance.',
    ])
  })

  test('says what was learned, and what was promised and chosen next', () => {
    const next = { ...strategyFor('hunter', 'opt_2_next'), expectedImprovement: 20 }
    const later = trialRecord({
      kind: 'hunter',
      changes: [{ knob: 'cacheTtlMs', from: 600, to: 900 }],
      at: second(500).getTime(),
    })
    const learned = section(kept({ next, experience: [...facts.experience, later] }), 'What was learned')
    expect(learned).toContain('Of the trials of type agent_response_time on agents of the kind hunter, 1 of 1 (100%) were proven')
    expect(learned).toContain("The optimizer's autonomy on hunter went from 0.80 to 0.82.")
    expect(learned).toContain('opt_2_next on hunter, promised response time +20.0%; this one had promised +17.5%.')
    expect(learned).toContain('The next time, cacheTtlMs from 600 to 900 on market-hunter was kept')
  })

  test('is undone by one command', () => {
    expect(explainTrial(facts).undo).toBe('npx optimizer rollback opt_1_abcde')
  })

  test('has nothing left to undo once a person has set its knobs otherwise', () => {
    const edited = { origin: 'operator' as const, trialId: null, createdAt: second(400) }
    const edit = written(3, { ...edited, reason: 'ada set cacheTtlMs', values: { cacheTtlMs: 5 } })
    const unrelated = written(4, { ...edited, reason: 'ada set depth', values: { cacheTtlMs: 5, depth: 1 } })
    const current = { version: 3, values: { cacheTtlMs: 5 } }
    const since = kept({ versions: [written(2), edit, unrelated], current })
    expect(explainTrial(since)).toMatchObject({
      undo: null,
      summary: expect.stringContaining('was kept, and set otherwise since'),
    })
    expect(section(since, 'Step by step')).toContain("a person's edit, version 3: ada set cacheTtlMs.")
    expect(section(since, 'Step by step')).not.toContain('ada set depth')
  })
})

describe('a change that was put back', () => {
  test.each([
    ['roll-back', 'response time is worse', 'The judge had it put back: response time is worse.'],
    ['roll-back', 'guardrail: success rate is worse', 'A guardrail is what a change must not harm'],
    ['roll-back', 'the candidate is silent: 12 executions were to be expected of it', 'counted as harm all the same'],
    ['undecided', 'no effect on response time was proven', 'What is not proven to help is put back'],
  ] as const)('as %s says in words why: %s', (decision, reason, words) => {
    const facts = putBack(decision, reason)
    expect(section(facts, 'What was decided')).toContain(words)
    expect(section(facts, 'Step by step')).toContain('version 3 was given to every instance: Put back what was there before')
    expect(explainTrial(facts).undo).toBeNull()
    expect(section(facts, 'How to undo')).toContain('npx optimizer try hunter --set cacheTtlMs=600')
  })

  test('because somebody objected says who, and teaches that', () => {
    const facts = putBack('continue', 'Put back because ada wanted it')
    expect(section(facts, 'What was decided')).toContain('How it ended: Put back because ada wanted it.')
    expect(section(facts, 'What was learned')).toContain('autonomy')
  })

  test('by a failure of something else teaches nothing', () => {
    const facts = putBack('continue', 'Put back because its workflow was cancelled')
    const undecided = { ...facts, result: { ...facts.result!, verdict: 'undecided' as const } }
    expect(section(undecided, 'What was learned')).toContain('it proves nothing either way')
  })

  test('after its workflow was terminated says that it was put back, as far as that is known', () => {
    const terminated = { ...putBack('continue', ''), result: null }
    const facts = { ...terminated, trial: { ...terminated.trial!, judgement: null } }
    expect(section(facts, 'What was decided')).toBe('Put back what was there before opt_1_abcde.')
    expect(section({ ...facts, versions: [] }, 'What was decided')).toContain('Nobody decided')
  })

  test('for late harm, after a person had approved it and it was proven, tells all of it', () => {
    const harm = 'late harm, 6 min after it was kept: response time is worse (responseTime −40.0% (−55.0 to −25.0))'
    const facts = putBack('keep', 'response time is better', { issues: [harm] })
    const approval = {
      state: 'approved' as const,
      askedAt: second(1),
      until: second(3600),
      decidedAt: second(5),
      decidedBy: 'ada',
      reason: 'a quiet day',
    }
    const reason = `it was kept first and taken back later: ${harm}`
    const told = { ...facts, approval, keptAt: second(70), result: { ...facts.result!, verdict: 'roll-back' as const, reason } }
    expect(section(told, 'What was decided').split('\n')).toEqual([
      'It was approved by ada: a quiet day.',
      'The judge found it proven: response time is better.',
      expect.stringContaining('The whole interval is better'),
      `How it ended: it was kept first and taken back later: ${harm}.`,
    ])
    expect(section(told, 'Step by step')).toMatch(
      /approved by ada[\s\S]*all: version 2[\s\S]*version 3 was given to every instance/,
    )
  })
})

describe('a change that has not come to its end', () => {
  test('and runs shows the latest look, and how to end it', () => {
    const running = { state: 'observing', endedAt: null, widenedAt: null, widenedInstances: null } as const
    const trial = recordedTrial({ ...running, judgement: { ...judgement, decision: 'continue', reason: 'it is better so far' } })
    const facts = planned({ trial })
    expect(section(facts, 'What was decided')).toContain('The judge, at its latest look: it is better so far.')
    expect(section(facts, 'What was learned')).toBe('Nothing yet.')
    expect(explainTrial(facts).undo).toBe('npx optimizer rollback opt_1_abcde')
  })

  test('and is being put back says what that waits for', () => {
    const facts = putBack('roll-back', 'response time is worse', { state: 'restoring', endedAt: null })
    const alerts = [{ raisedAt: second(85), resolvedAt: null, message: 'hunter-1 cannot be reached' }]
    expect(explainTrial({ ...facts, alerts })).toMatchObject({ summary: expect.stringContaining('is being put back') })
    expect(section({ ...facts, alerts }, 'Step by step')).toContain('alert: hunter-1 cannot be reached.')
    expect(section({ ...facts, alerts }, 'How to undo')).toContain('npx optimizer give-up opt_1_abcde')
  })

  const asked = { askedAt: second(1), until: second(3600), decidedAt: null, decidedBy: null, reason: null }
  test('and waits for approval says until when and how to answer', () => {
    const strategy = { ...planned().strategy, asks: { risk: 'high' as const, autonomy: 0.8 } }
    const facts = planned({ strategy, approval: { ...asked, state: 'open' } })
    expect(section(facts, 'Why this change')).toContain("at an autonomy of 0.80 on agents of this kind needs a person's approval")
    expect(section(facts, 'What was decided')).toContain('by 2026-11-21T12:00:00Z')
    expect(explainTrial(facts).undo).toBe('npx optimizer decline opt_1_abcde')
  })

  test.each([
    ['declined', 'It was declined by ada: not on a Friday.'],
    ['timed-out', 'It was not approved in time.'],
    ['lapsed', 'It was approved by ada: not on a Friday.'],
  ] as const)('and was %s says so', (state, words) => {
    const approval = { ...asked, state, decidedAt: second(9), decidedBy: 'ada', reason: 'not on a Friday' }
    expect(section(planned({ approval }), 'What was decided')).toContain(words)
    expect(explainTrial(planned({ approval })).summary).toContain('was not done')
  })

  test('and was never tried says why', () => {
    const facts = planned({ leftBecause: 'no time left in this cycle' })
    expect(section(facts, 'What was decided')).toBe('It was not tried: no time left in this cycle.')
    expect(section(facts, 'How to undo')).toContain('nothing was changed')
    expect(section(planned(), 'What was decided')).toContain('has not come to it')
    expect(section(planned({ cycleEnded: true }), 'What was decided')).toContain('its cycle ended without coming to it')
  })
})

test('a forecast says that no threshold had been crossed, and where it acts on what', () => {
  const strategy = {
    ...planned().strategy,
    type: 'predictive_optimization' as const,
    targetComponent: 'system',
    description: 'Predictive performance tuning based on usage patterns',
  }
  const seen = section(planned({ strategy, bottleneck: null, seen: 900 }), 'What was seen')
  expect(seen).toContain('No threshold had been crossed. Predictive performance tuning based on usage patterns.')
  expect(seen).toContain('It acts on hunter, to improve its response time, which was 900 ms.')
})

test("a person's own trial says who asked, that nothing was promised, and how to have it again as the shell takes it", () => {
  const actions = [{ description: '', agentId: 'hunter', knob: 'sources', from: ['a', 'b'], to: ["b's", 'a'] }]
  const strategy = {
    ...planned().strategy,
    type: 'operator_request' as const,
    description: 'Try sources b,a on hunter, as ada asked',
    actions,
  }
  const facts = planned({ strategy, cycleId: null, bottleneck: null })
  expect(section(facts, 'What was seen')).toContain('as ada asked.')
  expect(section(facts, 'What was expected')).toContain('Nothing was promised')
  expect(section(facts, 'How to undo')).toContain(`--set 'sources=b'\\''s,a'`)
  const done = { ...facts, trial: recordedTrial(), result: resultOf(facts) }
  expect(section(done, 'What was learned')).toContain('does not count for')
})

test('whatever stands on record is explained in whole sentences, with nothing missing in them', () => {
  fc.assert(
    fc.property(arbitraryTrialFacts, (facts) => {
      const { summary, sections } = explainTrial(facts)
      const sentences = [summary, ...sections.flatMap((one) => one.sentences)]
      expect(sections.every((one) => one.sentences.length > 0)).toBe(true)
      expect(sentences.filter((sentence) => /undefined|NaN|null|\[object|Invalid/.test(sentence))).toEqual([])
    }),
  )
})
