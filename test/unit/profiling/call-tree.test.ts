import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CallTree,
  createFrame,
  maxStackDepth,
  pruneCallTree,
  stackProfileSchema,
  sumSubtrees,
} from '../../../src/model/stack-profile.ts'

const stacks = fc.array(
  fc.tuple(
    fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 8 }),
    fc.integer({ min: 0, max: 1_000 }),
  ),
  { maxLength: 60 },
)

function treeOf(entries: readonly [string[], number][]): CallTree {
  const tree = new CallTree()
  for (const [stack, value] of entries)
    tree.addStack(
      stack.map((name) => createFrame(name)),
      value,
    )
  return tree
}

const sum = ({ nodes }: Pick<CallTree, 'nodes'>) => nodes.reduce((total, [, , self]) => total + self, 0)

it('is taken with functions of any name, without what cannot be stored or shown', () => {
  const frames = [{ name: 'a\0b\u001b[31m', file: '\ud800', line: 1 }]
  const profile = { unit: 'microseconds', durationMs: 1, frames, nodes: [[0, -1, 1]] }
  expect(stackProfileSchema.parse(profile).frames).toEqual([{ name: 'a\ufffdb\ufffd[31m', file: '\ufffd', line: 1 }])
})

describe('a call tree', () => {
  it('has every value once, whatever the stacks', () => {
    fc.assert(
      fc.property(stacks, (entries) => {
        const tree = treeOf(entries)
        expect(sum(tree)).toBe(entries.reduce((total, [, value]) => total + value, 0))
        expect(
          stackProfileSchema.safeParse({ unit: 'bytes', durationMs: 1, ...tree, frames: tree.frames, nodes: tree.nodes }).success,
        ).toBe(true)
      }),
    )
  })

  it('keeps its sum when small parts are cut off, and about as many nodes as asked', () => {
    fc.assert(
      fc.property(stacks, fc.integer({ min: 0, max: 20 }), (entries, limit) => {
        const tree = treeOf(entries)
        const pruned = pruneCallTree(tree, limit)
        expect(sum(pruned)).toBe(sum(tree))
        expect(pruned.nodes.length).toBeLessThanOrEqual(2 * limit + 1)
        const whole = sumSubtrees(pruned.nodes).reduce(
          (total, value, node) => total + (pruned.nodes[node]![1] < 0 ? value : 0),
          0,
        )
        expect(whole).toBe(sum(tree))
      }),
    )
  })

  it('is the same without anything to cut off', () => {
    const tree = treeOf([
      [['main', 'work'], 5],
      [['main'], 2],
    ])
    expect(pruneCallTree(tree, 10).nodes).toEqual(tree.nodes)
  })

  it('ends a stack that is too deep', () => {
    const tree = new CallTree()
    tree.addStack(
      Array.from({ length: 5_000 }, () => createFrame('again')),
      1,
    )
    expect(tree.nodes).toHaveLength(maxStackDepth)
    expect(sum(tree)).toBe(1)
  })
})

describe('the schema of a call tree refuses', () => {
  const frames = [createFrame('main')]
  it.each([
    ['a frame that does not exist', [[1, -1, 5]]],
    [
      'a caller that comes later',
      [
        [0, 1, 5],
        [0, -1, 5],
      ],
    ],
    ['a negative value', [[0, -1, -5]]],
    ['stacks without an end', Array.from({ length: maxStackDepth + 1 }, (_, node) => [0, node - 1, 1])],
  ])('%s', (_what, nodes) => {
    expect(stackProfileSchema.safeParse({ unit: 'bytes', durationMs: 1, frames, nodes }).success).toBe(false)
  })
})
