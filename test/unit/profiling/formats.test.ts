import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCollapsedStacks } from '../../../src/analysis/profiling/collapsed-stacks.ts'
import { computeFunctionShares } from '../../../src/analysis/profiling/functions.ts'
import { decodePprof, encodePprof } from '../../../src/analysis/profiling/pprof.ts'
import { toSpeedscope } from '../../../src/analysis/profiling/speedscope.ts'

const stacks = ['main (app.py:3);work (app.py:10) 600', 'main (app.py:3);work (app.py:10);hash 300', 'main (app.py:3) 100'].join(
  '\n',
)
const profile = parseCollapsedStacks(stacks, 'microseconds', 1_000)
const shares = (of: typeof profile) =>
  [...computeFunctionShares(of).values()].map(({ frame, selfRatio, totalRatio }) => [
    frame.name,
    frame.line,
    selfRatio,
    totalRatio,
  ])

describe('collapsed stacks', () => {
  it('are a call tree, with files and lines where they name them', () => {
    expect(profile.frames).toEqual([
      { name: 'main', file: 'app.py', line: 3 },
      { name: 'work', file: 'app.py', line: 10 },
      { name: 'hash', file: null, line: null },
    ])
    expect(shares(profile)).toEqual([
      ['main', 3, 0.1, 1],
      ['work', 10, 0.6, 0.9],
      ['hash', null, 0.3, 0.3],
    ])
  })

  it.each(['no value', '42', 'main;work x', 'main;work -1', '<html>\n<body>'])('are refused with the line: %j', (text) => {
    expect(() => parseCollapsedStacks(text, 'bytes', 1)).toThrow(expect.objectContaining({ code: 'invalid-profile' }))
  })
})

describe('pprof', () => {
  it('keeps functions, files, lines and values', () => {
    const decoded = decodePprof(encodePprof(profile, Date.UTC(2026, 0, 1)), 'cpu', 1_000)
    expect(shares(decoded)).toEqual(shares(profile))
    expect(decoded.frames.map(({ file }) => file)).toEqual(['app.py', 'app.py', null])
    expect(decoded.unit).toBe('microseconds')
  })

  it('is refused if it has no values of the wanted kind', () => {
    const bytes = encodePprof(profile, 0)
    expect(() => decodePprof(bytes, 'heap', 1)).toThrow('has no bytes allocated; it has cpu in nanoseconds')
  })

  it('is refused with one code, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => decodePprof(bytes, 'cpu', 1)).toThrow(expect.objectContaining({ code: 'invalid-profile' }))
      }),
    )
  })
})

it('a speedscope file has each stack from the outermost to the innermost function, with its weight', () => {
  const { shared, profiles } = toSpeedscope(profile, 'hunter')
  expect(shared.frames[2]).toEqual({ name: 'hash' })
  expect(profiles[0]).toMatchObject({ type: 'sampled', unit: 'microseconds', endValue: 1_000, weights: [100, 600, 300] })
  expect(profiles[0]!.samples).toEqual([[0], [0, 1], [0, 1, 2]])
})
