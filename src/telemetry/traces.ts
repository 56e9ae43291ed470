import type { TelemetrySettings } from '../model/telemetry.ts'
import { Attributes } from './attributes.ts'
import {
  identifyAgent,
  identifyPeer,
  instanceKeyOf,
  type RefusedSources,
  readResource,
  type SpanAgent,
  type SpanResource,
} from './identity.ts'
import type { ExportTraceServiceRequest } from './proto/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts'
import { type Span, Span_SpanKind } from './proto/opentelemetry/proto/trace/v1/trace_pb.ts'
import { evaluationEvent, readScore } from './scores.ts'
import {
  describeFailure,
  findSpanProblem,
  hasParent,
  isCalling,
  isEntry,
  isExecution,
  isFailed,
  isServed,
  readVersion,
  toExecutionType,
  toMs,
} from './spans.ts'
import { type Performer, Telemetry, type TelemetryExecution, toSpanId } from './telemetry.ts'
import { readUsage, type Usage, type UsageValues } from './usage.ts'

/** A span with what was read from it. */
interface Node {
  span: Span
  id: string
  /** The span that it is below; undefined if there is none, or if it is not an execution although it enters its agent. */
  parent: string | undefined
  attributes: Attributes
  agent: SpanAgent
  resource: SpanResource
  performer: Performer
  usage: Usage | undefined
  execution: TelemetryExecution | undefined
  /** The result of `findAbove` for it; null for a cycle. */
  above: Above | null | undefined
}

/**
 * The nearest span above; `id` is undefined if that is not an execution; `counted` are the metrics that a span in between reports for those below;
 * `isInMessage` says whether a span in between is a message to another agent.
 */
interface Above {
  id: string | undefined
  counted: readonly string[]
  isInMessage: boolean
}

/**
 * The executions, calls and scores in a request of spans. The usage of spans below an execution is added to it; what belongs to a span of
 * another request becomes a contribution.
 * @param now milliseconds since the epoch
 * @param refused whose spans are refused
 */
export function translateTraces(
  request: ExportTraceServiceRequest,
  settings: TelemetrySettings,
  now: number,
  refused: RefusedSources = new Map(),
): Telemetry {
  const telemetry = new Telemetry()
  const nodes = new Map<string, Node>()
  for (const { resource: sender, scopeSpans } of request.resourceSpans) {
    const resource = readResource(new Attributes(sender?.attributes ?? []), settings)
    for (const { spans } of scopeSpans)
      for (const span of spans) {
        telemetry.read++
        const problem = findSpanProblem(span, now) ?? addNode(nodes, span, resource, settings, refused)
        if (problem) telemetry.refusals.add(problem)
      }
    telemetry.addSender(resource)
  }
  const repeated = new Set(
    [...nodes.values()].flatMap((node) => (isCalling(node.span, node.attributes) ? (node.parent ?? []) : [])),
  )
  for (const node of nodes.values()) {
    if (node.execution) {
      telemetry.addPerformer(node.agent, node.resource)
      telemetry.executions.push(node.execution)
    }
    if (node.usage?.unpricedModel !== undefined) telemetry.addUnpriced(node.usage.unpricedModel)
    addUsage(telemetry, nodes, node)
    addScores(telemetry, node, settings)
    addCalls(telemetry, { nodes, refused, repeated, settings }, node)
  }
  return telemetry
}

/** Returns why the span is refused; undefined if it is not. */
function addNode(
  nodes: Map<string, Node>,
  span: Span,
  resource: SpanResource,
  settings: TelemetrySettings,
  refused: RefusedSources,
): string | undefined {
  const id = toSpanId(span.traceId, span.spanId)
  if (nodes.has(id)) return 'repeats the span id of another span in the request'
  const attributes = new Attributes(span.attributes)
  const agent = identifyAgent(attributes, resource, settings)
  if (!agent) return 'names no agent; set service.name of its resource (OTEL_SERVICE_NAME)'
  const refusal =
    refused.size > 0 ? refused.get(instanceKeyOf({ agentId: agent.agentId, instanceId: resource.instanceId })) : undefined
  if (refusal) return refusal
  const usage = readUsage(attributes, settings)
  const version = readVersion(attributes, resource.attributes)
  const performer = { agentId: agent.agentId, instanceId: resource.instanceId, version }
  const isOwn = isExecution(span, attributes, agent, resource)
  const parent = hasParent(span) && (isOwn || !isEntry(span)) ? toSpanId(span.traceId, span.parentSpanId) : undefined
  const node: Node = { span, id, parent, attributes, agent, resource, performer, usage, execution: undefined, above: undefined }
  if (isOwn) node.execution = toExecution(node)
  nodes.set(id, node)
  return undefined
}

function toExecution({ span, id, attributes, performer, usage }: Node): TelemetryExecution {
  const thrown = isFailed(span) ? span.events.find(({ name }) => name === 'exception') : undefined
  return {
    ...performer,
    id,
    at: toMs(span.endTimeUnixNano),
    durationMs: toMs(span.endTimeUnixNano - span.startTimeUnixNano),
    type: toExecutionType(span),
    success: !isFailed(span),
    error: describeFailure(span, attributes, thrown && new Attributes(thrown.attributes).text('exception.message')),
    metrics: selectKnown(usage?.values ?? {}),
    settled: keysOf(usage),
  }
}

/** Adds what a span below an execution used to it. */
function addUsage(telemetry: Telemetry, nodes: Map<string, Node>, node: Node): void {
  const { id, usage, parent, execution } = node
  if (execution || parent === undefined) return
  const above = findAbove(nodes, node)
  if (!above) {
    telemetry.refusals.add('is its own ancestor')
    return
  }
  if (above.id === undefined) return
  const counted = combine(keysOf(usage), above.counted)
  telemetry.passages.push({ id, above: above.id, counted, isAwaited: isAwaited(node) })
  const values = Object.entries(usage?.values ?? {}).filter(([name]) => !above.counted.includes(name))
  if (values.length === 0) return
  const target = nodes.get(above.id)?.execution
  if (target) for (const [name, value] of values) addValue(target, name, value)
  else telemetry.contributions.push({ id, spanId: above.id, metrics: Object.fromEntries(values), isScore: false })
}

/** Others may come later for what a span stands in between of, and evaluations for a call of a language model. */
const isAwaited = ({ span: { kind }, usage, attributes }: Node) =>
  usage !== undefined ||
  attributes.has('gen_ai.operation.name') ||
  (kind !== Span_SpanKind.CLIENT && kind !== Span_SpanKind.PRODUCER)

/** A sum with something unknown is unknown. */
function addValue({ metrics, settled }: TelemetryExecution, name: string, value: number | null): void {
  if (settled.includes(name)) return
  if (value !== null) metrics[name] = (metrics[name] ?? 0) + value
  else {
    delete metrics[name]
    settled.push(name)
  }
}

const keysOf = (usage: Usage | undefined) => Object.keys(usage?.values ?? {})

const selectKnown = (values: UsageValues) =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== null))

const combine = (some: readonly string[], others: readonly string[]): readonly string[] =>
  some.length === 0 ? others : others.length === 0 ? some : [...new Set([...some, ...others])]

/**
 * The nearest execution above a span, or the nearest span of another request; undefined if its ancestors form a circle. What was found
 * for its ancestors is used again: a trace may be one chain of a hundred thousand spans.
 */
function findAbove(nodes: Map<string, Node>, node: Node): Above | undefined {
  const path: Node[] = []
  let above: Above | undefined
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
      counted: combine(keysOf(between.usage), above.counted),
      isInMessage: above.isInMessage || namesCallee(nodes, between),
    }
    below.above = above ?? null
  }
  return above
}

/** The results of evaluations that a span has as events, or is itself. */
function addScores(telemetry: Telemetry, { span, id, attributes }: Node, settings: TelemetrySettings): void {
  const results = span.events.filter(({ name }) => name === evaluationEvent).map((event) => new Attributes(event.attributes))
  for (const result of [attributes, ...results]) {
    const metrics = readScore(result, settings)
    if (!metrics) continue
    const scoreId = toSpanId(span.traceId, span.spanId, `score ${Object.keys(metrics)[0]}`)
    telemetry.contributions.push({ id: scoreId, spanId: id, metrics, isScore: true })
  }
}

/** What calls are read with. */
interface CallContext {
  nodes: Map<string, Node>
  refused: RefusedSources
  /** Spans with another call below them, such as that of an HTTP client below that of a framework: it is the one that may be served. */
  repeated: ReadonlySet<string>
  settings: TelemetrySettings
}

/** The message that an execution or a call of another agent represents, or the side of it that this span knows. */
function addCalls(telemetry: Telemetry, { nodes, refused, repeated, settings }: CallContext, node: Node): void {
  const { span, id, parent, attributes, agent, resource, performer, execution } = node
  const durationMs = toMs(span.endTimeUnixNano - span.startTimeUnixNano)
  const times = { startedAt: toMs(span.startTimeUnixNano), endedAt: toMs(span.endTimeUnixNano), durationMs }
  const above = callerOf(nodes, node)
  const caller = above && !refused.has(instanceKeyOf(above)) ? above : undefined
  const succeeded = !isFailed(span)
  if (execution && parent !== undefined && isServed(span)) {
    const isQueued = span.kind === Span_SpanKind.CONSUMER
    telemetry.calls.push({ ...performer, ...times, spanId: parent, side: 'callee', succeeded, isQueued })
  } else if (caller && (execution ? parent !== undefined && caller.agentId !== agent.agentId : namesCallee(nodes, node))) {
    telemetry.addPerformer(caller.agent, resource)
    const { agentId, instanceId, version } = caller
    const [to, at] = [agent.agentId, times.endedAt]
    telemetry.messages.push({ id, agentId, instanceId, version, to, at, latencyMs: durationMs, delivered: succeeded })
  } else if (isCalling(span, attributes) && !isInMessage(nodes, node)) {
    if (caller && !execution) telemetry.addPerformer(caller.agent, resource)
    const { agentId, instanceId, version } = execution ?? caller ?? performer
    const isQueued = span.kind === Span_SpanKind.PRODUCER
    const peer = succeeded || isQueued || repeated.has(id) ? undefined : findPeer(nodes, node, settings)
    telemetry.calls.push({ agentId, instanceId, version, ...times, spanId: id, side: 'caller', succeeded, isQueued, peer })
  }
}

/** Whether a call names the other agent. */
function namesCallee(nodes: Map<string, Node>, node: Node): boolean {
  const { span, attributes, agent, execution } = node
  if (execution || !attributes.has('gen_ai.agent.name') || !isCalling(span, attributes)) return false
  const caller = callerOf(nodes, node)
  return caller !== undefined && caller.agentId !== agent.agentId
}

const isInMessage = (nodes: Map<string, Node>, node: Node): boolean =>
  node.parent !== undefined && findAbove(nodes, node)?.isInMessage === true

/** The agent that a call is for, by its own span or that of the same call above it. */
function findPeer(nodes: Map<string, Node>, { attributes, parent }: Node, settings: TelemetrySettings): string | undefined {
  const above = parent === undefined ? undefined : nodes.get(parent)
  const named = above && isCalling(above.span, above.attributes) ? identifyPeer(above.attributes, settings) : undefined
  return identifyPeer(attributes, settings) ?? named
}

/** The agent above a span: that of the nearest execution above it in the request, or else that of the service. */
function callerOf(nodes: Map<string, Node>, node: Node): (Performer & { agent: SpanAgent }) | undefined {
  const above = node.parent === undefined ? undefined : findAbove(nodes, node)
  const execution = above?.id === undefined ? undefined : nodes.get(above.id)
  if (execution) return { ...execution.performer, agent: execution.agent }
  const { agent, instanceId } = node.resource
  return agent && { agentId: agent.agentId, instanceId, version: node.performer.version, agent }
}
