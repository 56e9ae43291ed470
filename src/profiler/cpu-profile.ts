import type { Profiler } from 'node:inspector'
import { CallTree, type Frame, type StackProfile } from '../model/stack-profile.ts'
import { toFrame } from './call-frame.ts'

/**
 * The call tree of a V8 CPU profile (the content of a `.cpuprofile`). Each sample covers the time until the next one, but for no more
 * than some sampling intervals: if the next one comes later, the process was waiting for a CPU. Idle time is left out.
 * @param root folder from which files are named
 */
export function convertCpuProfile(profile: Profiler.Profile, root: string): StackProfile {
  const tree = new CallTree()
  const places = new Map<number, number>()
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const hottest = findHottestLines(profile.nodes)
  const place = (id: number, parent: number): void => {
    const pending: [number, number][] = [[id, parent]]
    for (let next = pending.pop(); next; next = pending.pop()) {
      const node = byId.get(next[0])!
      const isRoot = node.callFrame.functionName === '(root)'
      const index = isRoot ? -1 : tree.call(next[1], withHottestLine(toFrame(node.callFrame, root), hottest.get(keyOf(node))))
      places.set(node.id, index)
      for (const child of node.children ?? []) pending.push([child, index])
    }
  }
  if (profile.nodes[0]) place(profile.nodes[0].id, -1)
  const idle = new Set(
    profile.nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map((node) => places.get(node.id)),
  )
  const { samples = [], timeDeltas = [], startTime, endTime } = profile
  let at = startTime
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index] ?? 0
    const untilNext = timeDeltas[index + 1] ?? endTime - at
    const node = places.get(id) ?? -1
    // Deltas may be negative where the clock was read out of order.
    if (node >= 0 && !idle.has(node)) tree.add(node, Math.min(Math.max(0, untilNext), LONGEST_SAMPLE_MICROS))
  }
  return { unit: 'microseconds', durationMs: Math.max(0, endTime - startTime) / 1_000, frames: tree.frames, nodes: tree.nodes }
}

/** Some times the sampling interval, ours and the 1 ms of Node's own profiles. */
const LONGEST_SAMPLE_MICROS = 20_000

type ProfileNode = Profiler.Profile['nodes'][number]

const keyOf = ({ callFrame }: ProfileNode) => `${callFrame.scriptId}:${callFrame.lineNumber}:${callFrame.columnNumber}`

const withHottestLine = (frame: Frame, hottestLine: number | undefined): Frame =>
  hottestLine === undefined ? frame : { ...frame, hottestLine }

/** The line of each function in which it was seen most often. */
function findHottestLines(nodes: readonly ProfileNode[]): Map<string, number> {
  const ticks = new Map<string, Map<number, number>>()
  for (const node of nodes) {
    const lines = ticks.get(keyOf(node)) ?? new Map<number, number>()
    for (const position of node.positionTicks ?? []) lines.set(position.line, (lines.get(position.line) ?? 0) + position.ticks)
    if (lines.size > 0) ticks.set(keyOf(node), lines)
  }
  return new Map([...ticks].map(([key, lines]) => [key, [...lines].reduce((a, b) => (b[1] > a[1] ? b : a))[0]]))
}
