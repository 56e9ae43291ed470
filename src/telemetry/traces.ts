import type { TelemetrySettings } from '../model/telemetry.ts'
import { Attributes } from './attributes.ts'
import { addCalls } from './calls.ts'
import { identifyAgent, instanceKeyOf, type RefusedSources, readResource, type SpanResource } from './identity.ts'
import type { ExportTraceServiceRequest } from './proto/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts'
import { type Span, Span_SpanKind } from './proto/opentelemetry/proto/trace/v1/trace_pb.ts'
import { evaluationEvent, readScore } from './scores.ts'
import { findAncestor, listUsageKeys, mergeNames, type SpanNode } from './span-tree.ts'
import {
  describeFailure,
  findSpanProblem,
  hasParent,
  isCalling,
  isEntry,
  isExecution,
  isFailed,
  readVersion,
  toExecutionType,
  toMs,
} from './spans.ts'
import { Telemetry, type TelemetryExecution, toSpanId } from './telemetry.ts'
import { readUsage, type UsageValues } from './usage.ts'

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
  const nodes = new Map<string, SpanNode>()
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
    addUnpriced(telemetry, nodes, node)
    addUsage(telemetry, nodes, node)
    addScores(telemetry, node, settings)
    addCalls(telemetry, { nodes, refused, repeated, settings }, node)
  }
  return telemetry
}

/** Returns why the span is refused; undefined if it is not. */
function addNode(
  nodes: Map<string, SpanNode>,
  span: Span,
  resource: SpanResource,
  settings: TelemetrySettings,
  refused: RefusedSources,
): string | undefined {
  const id = toSpanId(span.traceId, span.spanId)
  if (nodes.has(id)) return 'repeats the span id of another span in the request'
  const attributes = new Attributes(span.attributes)
  const agent = identifyAgent(attributes, resource, settings)
  if (!agent) return 'does not name an agent; set service.name on its resource (OTEL_SERVICE_NAME)'
  const refusal =
    refused.size > 0 ? refused.get(instanceKeyOf({ agentId: agent.agentId, instanceId: resource.instanceId })) : undefined
  if (refusal) return refusal
  const usage = readUsage(attributes, settings)
  const version = readVersion(attributes, resource.attributes)
  const performer = { agentId: agent.agentId, instanceId: resource.instanceId, version }
  const isOwn = isExecution(span, attributes, agent, resource)
  const parent = hasParent(span) && (isOwn || !isEntry(span)) ? toSpanId(span.traceId, span.parentSpanId) : undefined
  const node: SpanNode = {
    span,
    id,
    parent,
    attributes,
    agent,
    resource,
    performer,
    usage,
    execution: undefined,
    above: undefined,
  }
  if (isOwn) node.execution = toExecution(node)
  nodes.set(id, node)
  return undefined
}

function toExecution({ span, id, attributes, performer, usage }: SpanNode): TelemetryExecution {
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
    settled: listUsageKeys(usage),
  }
}

/** Counts a call whose cost is unknown, unless a span above reports the cost of the same call. */
function addUnpriced(telemetry: Telemetry, nodes: Map<string, SpanNode>, node: SpanNode): void {
  const { usage, execution, parent } = node
  if (usage?.unpricedModel === undefined) return
  const above = execution || parent === undefined ? undefined : findAncestor(nodes, node)
  if (!above?.counted.includes('costUsd')) telemetry.addUnpriced(usage.unpricedModel)
}

/** Adds what a span below an execution used to it. */
function addUsage(telemetry: Telemetry, nodes: Map<string, SpanNode>, node: SpanNode): void {
  const { id, usage, parent, execution } = node
  if (execution || parent === undefined) return
  const above = findAncestor(nodes, node)
  if (!above) {
    telemetry.refusals.add('is its own ancestor')
    return
  }
  if (above.id === undefined) return
  const counted = mergeNames(listUsageKeys(usage), above.counted)
  telemetry.ancestorLinks.push({ id, above: above.id, counted, isAwaited: isAwaited(node) })
  const values = Object.entries(usage?.values ?? {}).filter(([name]) => !above.counted.includes(name))
  if (values.length === 0) return
  const target = nodes.get(above.id)?.execution
  if (target) for (const [name, value] of values) addValue(target, name, value)
  else telemetry.contributions.push({ id, spanId: above.id, metrics: Object.fromEntries(values), isScore: false })
}

/** Others may come later for what a span stands in between of, and evaluations for a call of a language model. */
const isAwaited = ({ span: { kind }, usage, attributes }: SpanNode) =>
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

const selectKnown = (values: UsageValues) =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== null))

/** The results of evaluations that a span has as events, or is itself. */
function addScores(telemetry: Telemetry, { span, id, attributes }: SpanNode, settings: TelemetrySettings): void {
  const results = span.events.filter(({ name }) => name === evaluationEvent).map((event) => new Attributes(event.attributes))
  for (const result of [attributes, ...results]) {
    const metrics = readScore(result, settings)
    if (!metrics) continue
    const scoreId = toSpanId(span.traceId, span.spanId, `score ${Object.keys(metrics)[0]}`)
    telemetry.contributions.push({ id: scoreId, spanId: id, metrics, isScore: true })
  }
}
