import type { HeapProfiler } from 'node:inspector'
import { CallTree, type StackProfile } from '../model/stack-profile.ts'
import { toFrame } from './call-frame.ts'

/**
 * The call tree of a V8 sampling heap profile: the bytes that each function allocated.
 * @param root folder from which files are named
 */
export function convertHeapProfile({ head }: HeapProfiler.SamplingHeapProfile, root: string, durationMs: number): StackProfile {
  const tree = new CallTree()
  const pending: [HeapProfiler.SamplingHeapProfileNode, number][] = [[head, -1]]
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [node, parent] = next
    const place = node === head ? -1 : tree.call(parent, toFrame(node.callFrame, root))
    if (place >= 0) tree.add(place, node.selfSize)
    for (const child of node.children) pending.push([child, place])
  }
  return { unit: 'bytes', durationMs, frames: tree.frames, nodes: tree.nodes }
}
