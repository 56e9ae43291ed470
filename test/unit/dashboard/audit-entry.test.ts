import { describe, expect, it } from 'vitest'
import { describeDetail, findCausePage, findSubjectPage, findUndoTarget } from '../../../dashboard/pages/audit-entry.ts'

const entry = (action: string, known: object = {}) => ({
  action,
  actor: 'optimizer',
  subject: 'hunter' as string | null,
  cause: null as string | null,
  detail: null,
  ...known,
})
const changed = (known: object, detail: object) =>
  entry('configuration.changed', { ...known, detail: { version: 3, values: {}, restoresVersion: null, ...detail } })

describe('an entry of the audit', () => {
  it('says in words what exactly was done', () => {
    expect(describeDetail({ from: 3, to: 5 })).toEqual([['change', '3 → 5']])
    expect(describeDetail({ from: null, to: 'hunter' })).toEqual([['change', 'none → hunter']])
    expect(describeDetail({ version: 2, values: { cacheSize: 4, fast: true }, restoresVersion: null })).toEqual([
      ['version', '2'],
      ['values', 'cacheSize 4, fast yes'],
    ])
    expect(describeDetail({ candidateVersion: 2, changes: [{ knob: 'ttl', from: 0, to: 600, unit: 'ms' }] })).toEqual([
      ['candidate version', '2'],
      ['changes', 'ttl 0 → 600 ms'],
    ])
    expect(describeDetail({ agents: [] })).toEqual([['agents', 'none']])
    expect(describeDetail(null)).toEqual([])
  })

  it('leads to its agent, trial and cycle, and nowhere for what is none', () => {
    expect(findSubjectPage(entry('trial.started'))).toEqual(['agents', 'hunter'])
    expect(findSubjectPage(entry('restore.given-up'))).toEqual(['agents', 'hunter'])
    expect(findSubjectPage(entry('restore.given-up', { subject: 'opt_1_a' }))).toEqual(['trials', 'opt_1_a'])
    expect(findSubjectPage(entry('knob.pinned', { subject: 'opt_router' }))).toEqual(['agents', 'opt_router'])
    expect(findSubjectPage(entry('token.created'))).toBeUndefined()
    expect(findCausePage(entry('approval.asked', { cause: 'proactive_1_pred' }))).toEqual(['trials', 'proactive_1_pred'])
    expect(findCausePage(entry('trial.started', { cause: 'cycle-1', detail: { trialId: 'opt_1_a' } }))).toEqual([
      'cycles',
      'cycle-1',
    ])
    expect(findCausePage(entry('profile.taken'))).toBeUndefined()
  })

  it('is undone as its trial where there is one, otherwise with what came after it', () => {
    expect(findUndoTarget(changed({ cause: 'opt_1_a' }, {}))).toEqual({ trialId: 'opt_1_a' })
    expect(findUndoTarget(changed({}, {}))).toEqual({ agentId: 'hunter' })
    expect(findUndoTarget(changed({ cause: 'opt_1_a' }, { restoresVersion: 1 })), 'a restoration').toEqual({ agentId: 'hunter' })
    expect(findUndoTarget(entry('trial.concluded', { detail: { trialId: 'opt_1_a', verdict: 'keep' } }))).toEqual({
      trialId: 'opt_1_a',
    })
    const kept = { trialId: 'opt_1_a', verdict: 'undecided', keptBy: 'ada' }
    expect(findUndoTarget(entry('trial.concluded', { detail: kept }))).toEqual({ trialId: 'opt_1_a' })
  })

  it.each([
    changed({}, { version: 1 }),
    entry('trial.concluded', { actor: 'ada', detail: { trialId: 'opt_1_a', verdict: 'roll-back', keptBy: null } }),
    entry('trial.concluded', { detail: { trialId: 'opt_1_a', verdict: 'keep', undone: '2026-11-21T10:00:00Z' } }),
    changed({ cause: 'opt_1_a' }, { undone: '2026-11-21T10:00:00Z' }),
    entry('policy.changed', { detail: { from: 1, to: 2 } }),
  ])('is not undone where nothing lasts, or again: %o', (kept) => {
    expect(findUndoTarget(kept)).toBeUndefined()
  })
})
