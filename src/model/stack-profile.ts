/** A profile as a call tree: where a program spent its time, or allocated memory, by function and by caller. */
import { z } from 'zod'
import { toCleanText } from './text.ts'

/** Names and files of programs may have any characters; those that cannot be stored or shown are replaced. */
const sourceText = (longest: number) =>
  z
    .string()
    .max(longest)
    .overwrite((text) => toCleanText(text, longest))

export const frameSchema = z.object({
  name: sourceText(300).describe('The function; in parentheses if it is not one, such as `(garbage collector)`'),
  file: sourceText(500).nullable().describe('Null if there is none, as for native code'),
  line: z.int().min(0).nullable().describe('The line where the function begins'),
  hottestLine: z.int().min(0).optional().describe('The line within the function that was sampled most often'),
})
/** A function of the profiled program. */
export type Frame = z.infer<typeof frameSchema>

const callNodeSchema = z.tuple([
  z.int().min(0).describe('Index of the frame'),
  z.int().min(-1).describe('Index of the caller’s node, which precedes this one; -1 if there is none'),
  z.number().min(0).max(Number.MAX_SAFE_INTEGER).describe("The function's own cost, without the functions it called"),
])
export type CallNode = z.infer<typeof callNodeSchema>

/** More nodes than any tree that `pruneCallTree` leaves, with room for clients in other languages. */
const maxNodes = 20_000
/** Deeper stacks are cut, at the end of the innermost calls. */
export const maxStackDepth = 400

export const stackProfileSchema = z
  .object({
    unit: z.enum(['microseconds', 'bytes']),
    durationMs: z.number().min(0).max(3_600_000).describe('Duration of the profile'),
    frames: z.array(frameSchema).max(maxNodes),
    nodes: z.array(callNodeSchema).max(maxNodes).describe('The call tree, callers before the functions they call'),
    overheadPercent: z.number().min(0).optional().describe('Share of the time during which profiling paused the program'),
  })
  .superRefine(({ frames, nodes }, context) => {
    const depths: number[] = []
    for (const [index, [frame, parent]] of nodes.entries()) {
      depths.push(parent >= 0 ? (depths[parent] ?? 0) + 1 : 1)
      if (frame < frames.length && parent < index && depths[index]! <= maxStackDepth) continue
      const message = `node ${index} has an unknown frame or no earlier caller, or is deeper than ${maxStackDepth} calls`
      return context.addIssue({ code: 'custom', message, path: ['nodes'] })
    }
  })
export type StackProfile = z.infer<typeof stackProfileSchema>

/** Identifies a function: two of the same name in one file differ by their line. */
export const getFrameKey = ({ name, file, line }: Frame) => `${name}\n${file ?? ''}\n${line ?? ''}`

/**
 * Identifies a function in several profiles, between which its code may have been edited: by its name and file, and by its line only where one
 * of the profiles has several such functions.
 */
export function createFunctionIdentifier(profiles: readonly Pick<StackProfile, 'frames'>[]): (frame: Frame) => string {
  const nameOf = ({ name, file }: Frame) => `${name}\n${file ?? ''}`
  const several = new Set(
    profiles.flatMap(({ frames }) =>
      [...Map.groupBy(frames, nameOf)].flatMap(([name, same]) => (new Set(same.map(({ line }) => line)).size > 1 ? [name] : [])),
    ),
  )
  return (frame) => (several.has(nameOf(frame)) ? getFrameKey(frame) : nameOf(frame))
}

/** Builds a call tree; calls of the same function by the same caller become one node. */
export class CallTree {
  readonly frames: Frame[] = []
  readonly nodes: CallNode[] = []
  readonly #frameIndexes = new Map<string, number>()
  readonly #nodeIndexes = new Map<string, number>()
  readonly #depths: number[] = []
  readonly #keyOf: (frame: Frame) => string

  /** @param keyOf identifies a function */
  constructor(keyOf: (frame: Frame) => string = getFrameKey) {
    this.#keyOf = keyOf
  }

  /** The node of a function called by `parent` (-1: by nothing). A stack that is too deep ends at its deepest node. */
  call(parent: number, frame: Frame): number {
    const depth = parent < 0 ? 1 : this.#depths[parent]! + 1
    if (depth > maxStackDepth) return parent
    const key = `${parent}/${this.#indexOf(frame)}`
    const known = this.#nodeIndexes.get(key)
    if (known !== undefined) return known
    const index = this.nodes.push([this.#indexOf(frame), parent, 0]) - 1
    this.#nodeIndexes.set(key, index)
    this.#depths.push(depth)
    return index
  }

  /** Adds to the function's own cost. */
  add(node: number, value: number): void {
    this.nodes[node]![2] += value
  }

  /** Adds a whole stack, outermost function first. */
  addStack(stack: Iterable<Frame>, value: number): void {
    let node = -1
    for (const frame of stack) node = this.call(node, frame)
    if (node >= 0) this.add(node, value)
  }

  #indexOf(frame: Frame): number {
    const key = this.#keyOf(frame)
    const known = this.#frameIndexes.get(key)
    if (known !== undefined) return known
    const index = this.frames.push(frame) - 1
    this.#frameIndexes.set(key, index)
    return index
  }
}

/** A frame whose texts fit the schema. */
export function createFrame(name: string, file: string | null = null, line: number | null = null): Frame {
  return { name: toCleanText(name, 300) || '(anonymous)', file: file === null ? null : toCleanText(file, 500), line }
}

/** The time or bytes of each node, with the functions it called. */
export function sumSubtrees(nodes: readonly CallNode[]): number[] {
  const totals = nodes.map(([, , self]) => self)
  for (let index = nodes.length - 1; index >= 0; index--) {
    const parent = nodes[index]![1]
    if (parent >= 0) totals[parent]! += totals[index]!
  }
  return totals
}

/**
 * Prunes a call tree to about `limit` nodes, those with the largest total cost. The time of the others is added to a node
 * `(other)` of their caller, so that the sum stays the same.
 */
export function pruneCallTree({ frames, nodes }: Pick<StackProfile, 'frames' | 'nodes'>, limit: number): CallTree {
  const totals = sumSubtrees(nodes)
  const least = totals.toSorted((a, b) => b - a)[limit] ?? 0
  const pruned = new CallTree()
  // The new index of a node; that of its closest caller that is left, with `isLeft` false, for the others.
  const places: { node: number; isLeft: boolean }[] = []
  for (const [index, [frame, parent, self]] of nodes.entries()) {
    const caller = parent < 0 ? { node: -1, isLeft: true } : places[parent]!
    const isLeft = caller.isLeft && totals[index]! > least
    const node = isLeft ? pruned.call(caller.node, frames[frame]!) : caller.node
    places.push({ node, isLeft })
    if (self > 0) pruned.add(isLeft ? node : pruned.call(node, otherFrame), self)
  }
  return pruned
}

const otherFrame = createFrame('(other)')
