import { describe, expect, test } from 'vitest'
import { createJudge, type JudgeOptions, type LookSamples } from '../../../src/analysis/judging/index.ts'
import { requests } from './arms.ts'

const history = requests(1, 'a', -400_000, -100_000, {})
const control = requests(2, 'a', -100_000, 0, {})
const candidate = requests(3, 'a', 0, 120_000, { load: (at) => 1 + at / 400_000 })
const options: JudgeOptions = {
  metric: { name: 'response time', direction: 'lower', kind: 'continuous' },
  design: 'before-after',
  history: { control: history, candidate: [] },
  maxSamples: 200,
}
const until = (at: number): LookSamples => ({ control, candidate: candidate.filter((sample) => sample.at < at) })

describe('a judge that has looked before sees what a new one sees', () => {
  const judge = createJudge(options)
  test.each([
    ['a first look', until(30_000)],
    ['more samples', until(60_000)],
    ['no more samples', until(60_000)],
    ['fewer samples', until(40_000)],
    ['a part without the beginning', { control, candidate: candidate.filter(({ at }) => at > 50_000) }],
    ['another control', { control: control.slice(0, 50), candidate }],
    ['everything', until(120_000)],
    ['one sample that was slower', { control, candidate: candidate.with(5, { ...candidate[5]!, value: 9_000 }) }],
  ] satisfies [string, LookSamples][])('%s', (_, samples) => {
    const seen = judge.look(samples)
    expect(seen.interval).not.toBeNull()
    expect(seen).toEqual(createJudge(options).look(samples))
  })
})
