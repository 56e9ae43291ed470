import type { TelemetrySettings } from '../model/telemetry.ts'
import { Attributes } from './attributes.ts'
import { addCalls } from './calls.ts'
import { explainMissingAgent, identifyAgent, type RefusalFinder, readResource, type SpanResource } from './identity.ts'
import type { ExportTraceServiceRequest } from './proto/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts'
import { type Span, Span_SpanKind } from './proto/opentelemetry/proto/trace/v1/trace_pb.ts'
import { evaluationEventName, readScore } from './scores.ts'
import {
  collectSubtreeUsage,
  findAncestor,
  joinNestedSpans,
  listUsageKeys,
  mergeNames,
  type SpanNode,
  type SubtreeUsage,
} from './span-tree.ts'
import {
  describeFailure,
  findSpanProblem,
  hasParent,
  isClientSpan,
  isExecution,
  isFailed,
  isLocalRoot,
  readVersion,
  toExecutionType,
  toMs,
} from './spans.ts'
import { Telemetry, type TelemetryExecution, toSpanId } from './telemetry.ts'
import { findModel, readUsage, type UsageValues } from './usage.ts'

/**
 * The executions, calls and scores in a request of spans. The usage of spans below an execution is added to it; what belongs to a span of
 * another request becomes a contribution.
 * @param now milliseconds since the epoch
 * @param findRefusal whose spans are refused
 */
export function translateTraces(
  request: ExportTraceServiceRequest,
  settings: TelemetrySettings,
  now: number,
  findRefusal: RefusalFinder,
): Telemetry {
  const telemetry = new Telemetry()
  const nodes = new Map<string, SpanNode>()
  for (const { resource: sender, scopeSpans } of request.resourceSpans) {
    const resource = readResource(new Attributes(sender?.attributes ?? []), settings)
    for (const { spans } of scopeSpans)
      for (const span of spans) {
        telemetry.read++
        const problem = findSpanProblem(span, now) ?? addNode(nodes, span, { resource, settings, findRefusal })
        if (problem) telemetry.refusals.add(problem)
      }
    telemetry.addSender(resource, findRefusal)
  }
  const repeated = new Set(
    [...nodes.values()].flatMap((node) => (isClientSpan(node.span, node.attributes) ? (node.parent ?? []) : [])),
  )
  joinNestedSpans(nodes)
  const below = collectSubtreeUsage(nodes)
  for (const node of nodes.values()) {
    if (node.execution) {
      telemetry.addPerformer(node.agent, node.resource)
      telemetry.executions.push(node.execution)
    }
    addUnpriced(telemetry, nodes, node)
    addGaps(telemetry, nodes, node, below)
    addUsage(telemetry, nodes, node)
    addScores(telemetry, node, settings)
    addCalls(telemetry, { nodes, findRefusal, repeated, settings }, node)
  }
  return telemetry
}

/** Returns why the span is refused; undefined if it is not. */
function addNode(
  nodes: Map<string, SpanNode>,
  span: Span,
  { resource, settings, findRefusal }: { resource: SpanResource; settings: TelemetrySettings; findRefusal: RefusalFinder },
): string | undefined {
  const id = toSpanId(span.traceId, span.spanId)
  if (nodes.has(id)) return 'repeats the span id of another span in the request'
  const attributes = new Attributes(span.attributes)
  const agent = identifyAgent(attributes, resource, settings)
  if (!agent) return explainMissingAgent(attributes, resource)
  const refusal = findRefusal({ agentId: agent.agentId, instanceId: resource.instanceId })
  if (refusal) return refusal
  const usage = readUsage(attributes, settings, !isFailed(span))
  const version = readVersion(attributes, resource.attributes)
  const executor = { agentId: agent.agentId, instanceId: resource.instanceId, version }
  const isOwn = isExecution(span, attributes, agent)
  const parent = hasParent(span) && (isOwn || !isLocalRoot(span)) ? toSpanId(span.traceId, span.parentSpanId) : undefined
  const node: SpanNode = {
    span,
    id,
    parent,
    attributes,
    agent,
    resource,
    executor,
    usage,
    execution: undefined,
    above: undefined,
  }
  if (isOwn) node.execution = toExecution(node)
  nodes.set(id, node)
  return undefined
}

function toExecution({ span, id, attributes, executor, usage }: SpanNode): TelemetryExecution {
  const thrown = isFailed(span) ? span.events.find(({ name }) => name === 'exception') : undefined
  return {
    ...executor,
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

/** If neither a call nor a span above or below it reports a figure that the call used, a sum that includes the call is unknown. */
function addGaps(telemetry: Telemetry, nodes: Map<string, SpanNode>, node: SpanNode, below: SubtreeUsage): void {
  const { span, id, usage, execution, parent, attributes } = node
  if (!usage || usage.gaps.length === 0) return
  const above = execution
    ? { id, counted: [] as readonly string[] }
    : parent === undefined
      ? undefined
      : findAncestor(nodes, node)
  if (above?.id === undefined) return
  const gaps = usage.gaps.filter((name) => !above.counted.includes(name) && !below.get(id)?.has(name))
  if (gaps.length === 0) return
  if (gaps.includes('costUsd')) telemetry.addUnpriced(findModel(attributes) ?? 'unnamed')
  const metrics = Object.fromEntries(gaps.map((name) => [name, null]))
  const gapId = toSpanId(span.traceId, span.spanId, 'gaps')
  telemetry.contributions.push({ id: gapId, spanId: above.id, metrics, isScore: false, gapOf: id })
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
  const results = span.events.filter(({ name }) => name === evaluationEventName).map((event) => new Attributes(event.attributes))
  for (const result of [attributes, ...results]) {
    const metrics = readScore(result, settings)
    if (!metrics) continue
    const scoreId = toSpanId(span.traceId, span.spanId, `score ${Object.keys(metrics)[0]}`)
    telemetry.read++
    telemetry.contributions.push({ id: scoreId, spanId: id, metrics, isScore: true, isOfSpan: true })
  }
}
