/** Calls between agents, as messages or as the side of one that a span knows. */
import type { TelemetrySettings } from '../model/telemetry.ts'
import { identifyPeer, type RefusalFinder } from './identity.ts'
import { Span_SpanKind } from './proto/opentelemetry/proto/trace/v1/trace_pb.ts'
import { findAncestor, findCaller, namesCallee, type SpanNode } from './span-tree.ts'
import { isClientSpan, isFailed, isServerSpan, toMs } from './spans.ts'
import type { Telemetry } from './telemetry.ts'

/** The context in which calls are read. */
export interface CallContext {
  nodes: Map<string, SpanNode>
  findRefusal: RefusalFinder
  /** Spans with another call below them, such as that of an HTTP client below that of a framework: it is the one that may be served. */
  repeated: ReadonlySet<string>
  settings: TelemetrySettings
}

/** The message that an execution or a call of another agent represents, or the side of it that this span knows. */
export function addCalls(telemetry: Telemetry, { nodes, findRefusal, repeated, settings }: CallContext, node: SpanNode): void {
  const { span, id, parent, attributes, agent, resource, executor, execution } = node
  const durationMs = toMs(span.endTimeUnixNano - span.startTimeUnixNano)
  const times = { startedAt: toMs(span.startTimeUnixNano), endedAt: toMs(span.endTimeUnixNano), durationMs }
  const above = findCaller(nodes, node)
  const caller = above && findRefusal(above) === undefined ? above : undefined
  const succeeded = !isFailed(span)
  if (execution && parent !== undefined && isServerSpan(span)) {
    const isQueued = span.kind === Span_SpanKind.CONSUMER
    telemetry.calls.push({ ...executor, ...times, spanId: parent, side: 'callee', succeeded, isQueued })
  } else if (caller && (execution ? parent !== undefined && caller.agentId !== agent.agentId : namesCallee(nodes, node))) {
    telemetry.addPerformer(caller.agent, resource)
    const { agentId, instanceId, version } = caller
    const [to, at] = [agent.agentId, times.endedAt]
    telemetry.messages.push({ id, agentId, instanceId, version, to, at, latencyMs: durationMs, delivered: succeeded })
  } else if (isClientSpan(span, attributes) && !isInMessage(nodes, node)) {
    if (caller && !execution) telemetry.addPerformer(caller.agent, resource)
    const { agentId, instanceId, version } = execution ?? caller ?? executor
    const isQueued = span.kind === Span_SpanKind.PRODUCER
    const peer = succeeded || isQueued || repeated.has(id) ? undefined : findPeer(nodes, node, settings)
    telemetry.calls.push({ agentId, instanceId, version, ...times, spanId: id, side: 'caller', succeeded, isQueued, peer })
  }
}

const isInMessage = (nodes: Map<string, SpanNode>, node: SpanNode): boolean =>
  node.parent !== undefined && findAncestor(nodes, node)?.isInMessage === true

/** The agent that a call is for, by its own span or that of the same call above it. */
function findPeer(
  nodes: Map<string, SpanNode>,
  { attributes, parent }: SpanNode,
  settings: TelemetrySettings,
): string | undefined {
  const above = parent === undefined ? undefined : nodes.get(parent)
  const named = above && isClientSpan(above.span, above.attributes) ? identifyPeer(above.attributes, settings) : undefined
  return identifyPeer(attributes, settings) ?? named
}
