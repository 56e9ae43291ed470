/** Facts that a single span states of itself. */
import { toleratedSkewMs } from '../model/liveness.ts'
import { maxDurationMs } from '../model/quantity.ts'
import { toCleanText, toStorableText } from '../model/text.ts'
import type { Attributes } from './attributes.ts'
import type { SpanAgent } from './identity.ts'
import { type Span, Span_SpanKind, Status_StatusCode } from './proto/opentelemetry/proto/trace/v1/trace_pb.ts'

/** Flags of a span (`SpanFlags` of the protocol): whether it says where its parent ran, and whether that was another process. */
const remoteParent = 0x300

/** Operations of agents, by the GenAI semantic conventions. */
const agentOperations = new Set(['invoke_agent', 'invoke_workflow'])

/** Operations that call a language model or a database, which are not agents. */
const generations = new Set(['chat', 'text_completion', 'generate_content'])
const otherModelOperations = new Set(['embeddings', 'retrieval'])

/** Why a span cannot be used; undefined if it can. @param now milliseconds since the epoch */
export function findSpanProblem({ traceId, spanId, ...span }: Span, now: number): string | undefined {
  if (!isValidId(traceId, 16) || !isValidId(spanId, 8)) return 'has no valid trace id and span id'
  return findTimeProblem(span.startTimeUnixNano, span.endTimeUnixNano, now)
}

function findTimeProblem(start: bigint, end: bigint, now: number): string | undefined {
  if (start === 0n || end === 0n) return 'has no start or end time'
  if (end < start) return 'ends before it starts'
  const at = toMs(end)
  if (at > now + toleratedSkewMs) return 'ends in the future; set the clock on its machine'
  if (at < now - maxDurationMs) return 'ended more than a week ago'
  return toMs(end - start) > maxDurationMs ? 'took more than a week' : undefined
}

/** Whether an id has its length and is not zero, which stands for none. */
export const isValidId = (id: Uint8Array, length: number) => id.length === length && id.some((byte) => byte !== 0)

/** Nanoseconds as milliseconds. */
export const toMs = (nanoseconds: bigint): number => Number(nanoseconds) / 1e6

export const hasParent = ({ parentSpanId }: Span): boolean => isValidId(parentSpanId, 8)

/**
 * Whether a span is an execution of its agent: it enters the agent. It has no parent, or one in another process, or it is the span of an
 * agent, unless it is below another one of the same agent (`joinNestedSpans`). Everything below belongs to it. A rule may say otherwise.
 */
export function isExecution(span: Span, attributes: Attributes, agent: SpanAgent): boolean {
  if (agent.rule?.executions === 'none') return false
  if (agent.rule?.executions === 'all' || isLocalRoot(span)) return true
  return isAgentSpan(attributes) && span.kind !== Span_SpanKind.CLIENT
}

/** Whether a span is that of an agent at work. */
export const isAgentSpan = (attributes: Attributes): boolean =>
  agentOperations.has(attributes.text('gen_ai.operation.name') ?? '') || attributes.text('openinference.span.kind') === 'AGENT'

/** Whether a span is a call of a language model that writes, which reads and writes tokens. */
export const isGeneration = (attributes: Attributes): boolean =>
  generations.has(attributes.text('gen_ai.operation.name') ?? '') || attributes.text('openinference.span.kind') === 'LLM'

/** Whether a span is a call of a language model or of a database of its. */
export const isModelSpan = (attributes: Attributes): boolean =>
  isGeneration(attributes) || otherModelOperations.has(attributes.text('gen_ai.operation.name') ?? '')

/** Whether nothing above a span is in its process. */
export const isLocalRoot = (span: Span): boolean => !hasParent(span) || isServerSpan(span)

/** Whether a span serves a call of another process. */
export const isServerSpan = ({ kind, flags }: Span): boolean =>
  kind === Span_SpanKind.SERVER || kind === Span_SpanKind.CONSUMER || (flags & remoteParent) === remoteParent

/** Whether a span may call another agent in another process. */
export function isClientSpan({ kind }: Span, attributes: Attributes): boolean {
  if (kind !== Span_SpanKind.CLIENT && kind !== Span_SpanKind.PRODUCER) return false
  return !isModelSpan(attributes) && !attributes.has('db.system.name') && !attributes.has('db.system')
}

export const isFailed = ({ status }: Span): boolean => status?.code === Status_StatusCode.ERROR

/** Why a span failed; undefined if it did not. */
export function describeFailure(span: Span, attributes: Attributes, exception: string | undefined): string | undefined {
  if (!isFailed(span)) return undefined
  return toStorableText(span.status?.message || exception || attributes.text('error.type') || 'failed', 2_000)
}

/** The type of an execution: the name of its span. */
export const toExecutionType = ({ name }: Span): string => toCleanText(name, 200).replace(/[\n\r\u2028\u2029]/g, ' ') || 'unnamed'

/** The name of the attribute with the version of the settings that were in force. */
export const versionAttribute = 'optimizer.configuration.version'

/** The configuration version that a span or its resource reports; undefined if neither does. */
export function readVersion(span: Attributes, resource: Attributes): number | undefined {
  const version = span.number(versionAttribute) ?? resource.number(versionAttribute)
  return version !== undefined && Number.isInteger(version) && version > 0 && version < 2 ** 31 ? version : undefined
}
