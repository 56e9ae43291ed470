import { describe, expect, it } from 'vitest'
import { parseCollapsedStacks } from '../../../src/analysis/profiling/collapsed-stacks.ts'
import { buildDifferentialFlameGraph, buildFlameGraph } from '../../../src/analysis/profiling/flame-graph.ts'
import { findNewHotspot } from '../../../src/analysis/profiling/new-hotspot.ts'
import { findProfileRefusal } from '../../../src/analysis/profiling/permission.ts'
import { buildProfileReport } from '../../../src/analysis/profiling/report.ts'
import type { PerformanceProfile } from '../../../src/model/performance-profile.ts'

const record: PerformanceProfile = {
  id: 7,
  target: 'hunter',
  instanceId: 'hunter-1',
  kind: 'cpu',
  takenAt: new Date(0),
  trigger: 'person',
  requestedBy: 'ada',
  reason: '',
  workflowId: 'profile-hunter-cpu',
  runId: 'run-1',
  trialId: null,
  arm: null,
  version: 1,
}
const contentOf = (...lines: string[]) => parseCollapsedStacks(lines.join('\n'), 'microseconds', 10_000)
const before = { record: { ...record, id: 3 }, content: contentOf('main;work (a.ts:4) 200', 'main;rest 800') }
const now = {
  record,
  content: contentOf('main;work (a.ts:4) 900000', 'main;rest 2090000', 'main;work (a.ts:4);work (a.ts:4) 10000'),
}

describe('the report of a profile', () => {
  it('names function, file and line, the share, and the change against the previous profile and the other arm', () => {
    const otherArm = { record: { ...record, id: 8 }, content: contentOf('main;work (a.ts:4) 500', 'main;rest 500') }
    const { hotspots, summary, previousId, otherArmId } = buildProfileReport(
      { ...now, record: { ...record, arm: 'candidate' } },
      { previous: before, otherArm },
    )
    expect({ previousId, otherArmId }).toEqual({ previousId: 3, otherArmId: 8 })
    expect(hotspots.map(({ function: name, sharePercent, changePoints }) => [name, sharePercent, changePoints])).toEqual([
      ['rest', 69.7, -10.3],
      ['work', 30.3, 10.3],
    ])
    expect(hotspots[1]!.text).toBe(
      'work (a.ts:4) took 30.3% of the CPU time, 10.3 points more than in the previous profile (3), 19.7 points less than in the control arm (profile 8).',
    )
    expect(summary).toContain('hunter used 30% of one CPU core within 10 s.')
  })

  it('counts a recursive function once', () => {
    expect(buildProfileReport(now).hotspots[1]).toMatchObject({ function: 'work', totalPercent: 30.3 })
  })

  it('says that there was nothing, without a hotspot', () => {
    const { hotspots, summary } = buildProfileReport({ record, content: contentOf() })
    expect(hotspots).toEqual([])
    expect(summary).toBe('hunter used no CPU time within 10 s.')
  })
})

describe('a function that an edit moved to another line', () => {
  const lines = (work: number) => [`main;work (a.ts:${work}) 400`, 'main;rest 600']
  const [was, is] = [contentOf(...lines(41)), contentOf(...lines(42))]

  it('is the same function in the report, among new hotspots and in the difference', () => {
    const { hotspots } = buildProfileReport({ record, content: is }, { previous: { record: before.record, content: was } })
    expect(hotspots.map(({ line, changePoints }) => [line, changePoints])).toEqual([
      [null, 0],
      [42, 0],
    ])
    expect(findNewHotspot(is, was)).toBeUndefined()
    const [main] = buildDifferentialFlameGraph(was, is).children
    expect(main!.children.map(({ name, line, share, shareBefore }) => [name, line, share, shareBefore])).toEqual([
      ['rest', null, 0.6, 0.6],
      ['work', 42, 0.4, 0.4],
    ])
  })

  it('is told from another of its name in the same file by its line', () => {
    const two = contentOf('main;work (a.ts:41) 100', 'main;work (a.ts:90) 300', 'main;rest 600')
    const { hotspots } = buildProfileReport({ record, content: two }, { previous: { record: before.record, content: was } })
    expect(hotspots.map(({ line, changePoints }) => [line, changePoints])).toEqual([
      [null, 0],
      [90, 30],
      [41, -30],
    ])
  })
})

describe('flame graphs', () => {
  it('nest the calls, the largest first', () => {
    const graph = buildFlameGraph(now.content)
    expect(graph).toMatchObject({ name: 'all', value: 3_000_000, children: [{ name: 'main', value: 3_000_000, self: 0 }] })
    expect(graph.children[0]!.children.map(({ name, value }) => [name, value])).toEqual([
      ['rest', 2_090_000],
      ['work', 910_000],
    ])
  })

  it('compare the shares of profiles of different lengths', () => {
    const [main] = buildDifferentialFlameGraph(before.content, now.content).children
    const work = main!.children.find(({ name }) => name === 'work')!
    expect(work.shareBefore).toBeCloseTo(0.2)
    expect(work.share).toBeCloseTo(0.9 / 3 + 0.01 / 3)
    expect(main).toMatchObject({ share: 1, shareBefore: 1 })
  })

  it('compare with a profile in which nothing was seen', () => {
    expect(buildDifferentialFlameGraph(contentOf(), now.content)).toMatchObject({ share: 1, shareBefore: 0 })
  })
})

describe('during a trial', () => {
  it.each(['schedule', 'orchestrator', 'degradation'] as const)('a profile for %s is refused', (trigger) => {
    expect(findProfileRefusal(trigger, 'hunter', 'opt_1_a')).toContain('opt_1_a is running on hunter')
    expect(findProfileRefusal(trigger, 'hunter', undefined)).toBeUndefined()
  })

  it('a person may have one', () => expect(findProfileRefusal('person', 'hunter', 'opt_1_a')).toBeUndefined())
})

it('a new hotspot is a function whose share grew by a tenth of the whole, against a profile that saw something', () => {
  const earlier = contentOf('main;work (a.ts:4) 50', 'main;rest 950')
  expect(findNewHotspot(contentOf('main;work (a.ts:4) 400', 'main;rest 600'), earlier)).toBe(
    'new hotspot work (a.ts:4), 40% of its CPU time, up from 5%',
  )
  expect(findNewHotspot(contentOf('main;work (a.ts:4) 120', 'main;rest 880'), earlier)).toBeUndefined()
  expect(findNewHotspot(contentOf('main;work (a.ts:4) 400'), contentOf('main 0'))).toBeUndefined()
})
