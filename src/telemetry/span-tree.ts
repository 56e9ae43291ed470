/** The spans of a request as a tree. */
import type { Attributes } from './attributes.ts'
import type { SpanAgent, SpanResource } from './identity.ts'
import type { Span } from './proto/opentelemetry/proto/trace/v1/trace_pb.ts'
import { isClientSpan, isLocalRoot } from './spans.ts'
import type { Executor, TelemetryExecution } from './telemetry.ts'
import type { Usage } from './usage.ts'

/** A span with what was read from it. */
export interface SpanNode {
  span: Span
  id: string
  /** The span that it is below; undefined if there is none, or if it is not an execution although it enters its agent. */
  parent: string | undefined
  attributes: Attributes
  agent: SpanAgent
  resource: SpanResource
  executor: Executor
  usage: Usage | undefined
  execution: TelemetryExecution | undefined
  /** The result of `findAncestor` for it; null for a cycle. */
  above: Ancestor | null | undefined
}

/**
 * The nearest span above; `id` is undefined if that is not an execution; `counted` are the metrics that a span in between reports for those below;
 * `isInMessage` says whether a span in between is a message to another agent.
 */
interface Ancestor {
  id: string | undefined
  counted: readonly string[]
  isInMessage: boolean
}

/**
 * The nearest execution above a span, or the nearest span of another request; undefined if its ancestors form a circle. What was found
 * for its ancestors is used again: a trace may be one chain of a hundred thousand spans.
 */
export function findAncestor(nodes: Map<string, SpanNode>, node: SpanNode): Ancestor | undefined {
  const path: SpanNode[] = []
  let above: Ancestor | undefined
  for (let at = node; ; ) {
    if (at.above !== undefined) {
      above = at.above ?? undefined
      break
    }
    path.push(at)
    // Those below it find this if they come back to it: a circle.
    at.above = null
    const id = at.parent
    const next = id === undefined ? undefined : nodes.get(id)
    if (!next || next.execution) {
      path.pop()
      above = at.above = { id, counted: [], isInMessage: false }
      break
    }
    at = next
  }
  for (const below of path.reverse()) {
    const between = nodes.get(below.parent!)!
    above = above && {
      id: above.id,
      counted: mergeNames(listUsageKeys(between.usage), above.counted),
      isInMessage: above.isInMessage || namesCallee(nodes, between),
    }
    below.above = above ?? null
  }
  return above
}

/** By span, the figures that those below it report, or have gaps of, as far as they are part of the same execution. */
export type SubtreeUsage = ReadonlyMap<string, ReadonlySet<string>>

/** Empty if no span has gaps, which nothing else is needed for. */
export function collectSubtreeUsage(nodes: Map<string, SpanNode>): SubtreeUsage {
  const below = new Map<string, Set<string>>()
  if (!nodes.values().some(({ usage }) => usage !== undefined && usage.gaps.length > 0)) return below
  for (const node of nodes.values()) {
    if (!node.usage) continue
    const names = [...listUsageKeys(node.usage), ...node.usage.gaps]
    for (let at: SpanNode | undefined = node; at && !at.execution && at.parent !== undefined; ) {
      at = nodes.get(at.parent)
      if (!at) break
      const known: Set<string> = below.get(at.id) ?? new Set()
      // Those further up have them too, and a circle ends here.
      if (names.every((name) => known.has(name))) break
      for (const name of names) known.add(name)
      below.set(at.id, known)
    }
  }
  return below
}

/** The agent above a span: that of the nearest execution above it in the request, or else that of the service. */
export function findCaller(nodes: Map<string, SpanNode>, node: SpanNode): (Executor & { agent: SpanAgent }) | undefined {
  const above = node.parent === undefined ? undefined : findAncestor(nodes, node)
  const execution = above?.id === undefined ? undefined : nodes.get(above.id)
  if (execution) return { ...execution.executor, agent: execution.agent }
  const { agent, instanceId } = node.resource
  return agent && { agentId: agent.agentId, instanceId, version: node.executor.version, agent }
}

/** Makes spans of an agent that are below its work in the same process part of that, rather than executions by themselves. */
export function joinNestedSpans(nodes: Map<string, SpanNode>): void {
  const nested = [...nodes.values()].filter((node) => {
    const { span, agent, execution } = node
    if (!execution || isLocalRoot(span) || agent.rule?.executions === 'all') return false
    return findCaller(nodes, node)?.agentId === agent.agentId
  })
  for (const node of nested) node.execution = undefined
  // What was found above others may be one of them.
  if (nested.length > 0) for (const node of nodes.values()) node.above = undefined
}

/** Whether a call names the other agent. */
export function namesCallee(nodes: Map<string, SpanNode>, node: SpanNode): boolean {
  const { span, attributes, agent, execution } = node
  if (execution || !attributes.has('gen_ai.agent.name') || !isClientSpan(span, attributes)) return false
  const caller = findCaller(nodes, node)
  return caller !== undefined && caller.agentId !== agent.agentId
}

/** The names of the figures that a span reports. */
export const listUsageKeys = (usage: Usage | undefined) => Object.keys(usage?.values ?? {})

/** Both lists, each name once. */
export const mergeNames = (some: readonly string[], others: readonly string[]): readonly string[] =>
  some.length === 0 ? others : others.length === 0 ? some : [...new Set([...some, ...others])]
