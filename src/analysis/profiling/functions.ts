import { type Frame, getFrameKey, type StackProfile, sumSubtrees } from '../../model/stack-profile.ts'

/** The share of a function in a whole profile, wherever it was called. */
export interface FunctionShare {
  frame: Frame
  /** Its own time or bytes, as a ratio of the whole profile. */
  selfRatio: number
  /** The same with everything that it called, itself included only once where it is recursive. */
  totalRatio: number
}

/** The shares of all functions of a profile by their key; empty if nothing was seen. @param keyOf identifies a function */
export function computeFunctionShares(
  { frames, nodes }: Pick<StackProfile, 'frames' | 'nodes'>,
  keyOf: (frame: Frame) => string = getFrameKey,
): Map<string, FunctionShare> {
  const totals = sumSubtrees(nodes)
  const whole = nodes.reduce((sum, [, , self]) => sum + self, 0)
  const shares = new Map<string, FunctionShare>()
  if (whole === 0) return shares
  for (const [index, [frameIndex, , self]] of nodes.entries()) {
    const frame = frames[frameIndex]!
    const share = shares.get(keyOf(frame)) ?? { frame, selfRatio: 0, totalRatio: 0 }
    share.selfRatio += self / whole
    if (!isCalledByItself(nodes, index)) share.totalRatio += totals[index]! / whole
    shares.set(keyOf(frame), share)
  }
  return shares
}

function isCalledByItself(nodes: StackProfile['nodes'], index: number): boolean {
  const [frame] = nodes[index]!
  for (let caller = nodes[index]![1]; caller >= 0; caller = nodes[caller]![1]) if (nodes[caller]![0] === frame) return true
  return false
}
