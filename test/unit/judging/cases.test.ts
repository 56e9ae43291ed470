import { describe, expect, test } from 'vitest'
import { type Case, cases, isRight, playCase } from './cases.ts'

/** `npm run bench -- judge --table cases` counts them in many more trials. */
const trials = 5
const lookEvery = 20

describe.each(Object.entries(cases))('%s', (_, ofKind) => {
  test.each(ofKind.map((each): [string, Case['right'], Case] => [each.name, each.right, each]))('%s: %s', (_, __, each) => {
    const judgements = Array.from({ length: trials }, (_, seed) => playCase(each, seed + 1, lookEvery))
    const wrong = judgements.filter((judgement) => !isRight(each, judgement))
    // 5% may be wrong; one of so few may be by chance.
    expect(wrong.map(({ decision, reason }) => `${decision}: ${reason}`).length, wrong[0]?.reason).toBeLessThanOrEqual(1)
  })
})
