import { CallTree, createFunctionIdentifier, type Frame, type StackProfile, sumSubtrees } from '../../model/stack-profile.ts'

/** A box of a flame graph. */
export interface FlameGraphNode {
  name: string
  file: string | null
  line: number | null
  /** Time or bytes of the function with everything it called, in the unit of the profile. */
  value: number
  /** The same without the functions that it called. */
  self: number
  /** The functions that it called, the largest first. */
  children: FlameGraphNode[]
}

/** A box of a difference flame graph; shares are ratios of each whole profile, so that profiles of any length compare. */
export interface DifferentialFlameGraphNode extends Omit<FlameGraphNode, 'value' | 'self' | 'children'> {
  /** With everything it called. */
  share: number
  shareBefore: number
  self: number
  selfBefore: number
  children: DifferentialFlameGraphNode[]
}

const all: Frame = { name: 'all', file: null, line: null }

/** The flame graph of a profile, as nested data. */
export function buildFlameGraph({ frames, nodes }: Pick<StackProfile, 'frames' | 'nodes'>): FlameGraphNode {
  const totals = sumSubtrees(nodes)
  const root: FlameGraphNode = { ...identify(all), value: 0, self: 0, children: [] }
  const flames: FlameGraphNode[] = []
  for (const [index, [frame, parent, self]] of nodes.entries()) {
    const flame: FlameGraphNode = { ...identify(frames[frame]!), value: totals[index]!, self, children: [] }
    flames.push(flame)
    const caller = parent < 0 ? root : flames[parent]!
    caller.children.push(flame)
    if (parent < 0) root.value += flame.value
  }
  for (const { children } of [root, ...flames]) children.sort((a, b) => b.value - a.value)
  return root
}

/** The difference of two profiles, as nested data: calls of either, the largest of both first. */
export function buildDifferentialFlameGraph(before: StackProfile, after: StackProfile): DifferentialFlameGraphNode {
  const merged = new CallTree(createFunctionIdentifier([before, after]))
  // The lines shown are those of the profile that comes first.
  const is = mergeShares(merged, after)
  const was = mergeShares(merged, before)
  const totalsBefore = sumSubtrees(merged.nodes.map(([frame, parent], node) => [frame, parent, was.get(node) ?? 0]))
  const totalsAfter = sumSubtrees(merged.nodes.map(([frame, parent], node) => [frame, parent, is.get(node) ?? 0]))
  const hasAny = (of: Map<number, number>) => (of.size > 0 ? 1 : 0)
  const root = { ...identify(all), share: hasAny(is), shareBefore: hasAny(was), self: 0, selfBefore: 0 }
  const top: DifferentialFlameGraphNode = { ...root, children: [] }
  const flames: DifferentialFlameGraphNode[] = []
  for (const [node, [frame, parent]] of merged.nodes.entries()) {
    const flame: DifferentialFlameGraphNode = {
      ...identify(merged.frames[frame]!),
      share: totalsAfter[node]!,
      shareBefore: totalsBefore[node]!,
      self: is.get(node) ?? 0,
      selfBefore: was.get(node) ?? 0,
      children: [],
    }
    flames.push(flame)
    ;(parent < 0 ? top : flames[parent]!).children.push(flame)
  }
  const largest = ({ share, shareBefore }: DifferentialFlameGraphNode) => Math.max(share, shareBefore)
  for (const { children } of [top, ...flames]) children.sort((a, b) => largest(b) - largest(a))
  return top
}

/** Adds the calls of a profile to a tree; the share of each node there, without the functions it called. */
function mergeShares(tree: CallTree, { frames, nodes }: StackProfile): Map<number, number> {
  const whole = nodes.reduce((sum, [, , self]) => sum + self, 0)
  const shares = new Map<number, number>()
  const places: number[] = []
  for (const [frame, parent, self] of nodes) {
    const place = tree.call(parent < 0 ? -1 : places[parent]!, frames[frame]!)
    places.push(place)
    if (self > 0) shares.set(place, (shares.get(place) ?? 0) + self / whole)
  }
  return shares
}

const identify = ({ name, file, line }: Frame) => ({ name, file, line })
