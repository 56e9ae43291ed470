/** The content of a request of OpenTelemetry data, in the terms of the optimizer. */
import { hash } from 'node:crypto'
import type { MetricValues } from '../model/metric-value.ts'
import type { SelfReportField, TelemetrySettings } from '../model/telemetry.ts'
import { toCleanText } from '../model/text.ts'
import { toUuid } from '../model/uuid.ts'
import type { UncommittedSums } from './cumulative-sums.ts'
import {
  getInstanceKey,
  type RefusalFinder,
  type SpanAgent,
  type SpanResource,
  type TelemetryInstance,
  toTelemetryInstance,
} from './identity.ts'
import type { UsageValues } from './usage.ts'

/** Who did a piece of work, and with which configuration. */
export interface Executor {
  agentId: string
  instanceId: string
  /** The version that the span reports; undefined if it reports none. */
  version: number | undefined
}

export interface TelemetryExecution extends Executor {
  id: string
  /** When it finished, milliseconds since the epoch. */
  at: number
  durationMs: number
  type: string
  success: boolean
  error: string | undefined
  metrics: Record<string, number>
  /** The metrics that are settled: what it reports itself, and what cannot be known. The others are the sum of those below it. */
  settled: string[]
}

/**
 * The usage of a span below an execution, or a score of it: metrics of the execution, which is found once it is stored. With `gapOf`, what that span
 * does not report and what is unknown therefore, unless spans below it have reported it. With `isOfSpan`, a score that is part of a span, rather
 * than a record by itself.
 */
export type Contribution = {
  id: string
  /** The span whose execution it belongs to. */
  spanId: string
} & ({ isScore: false; metrics: UsageValues; gapOf?: string } | { isScore: true; metrics: MetricValues; isOfSpan: boolean })

/** A span below an execution: what waits for it belongs to the span above. */
export interface AncestorLink {
  id: string
  /** The nearest execution above it, or the nearest span of another request. */
  above: string
  /** The metrics of the spans below it that are part of another span's usage already. */
  counted: readonly string[]
  /** Whether something below it, or an evaluation of it, may come later. */
  isAwaited: boolean
}

/** One side of a call between processes; both sides name the calling span. */
export interface CallSide extends Executor {
  spanId: string
  side: 'caller' | 'callee'
  startedAt: number
  endedAt: number
  durationMs: number
  succeeded: boolean
  /** Whether the call goes through a queue, so that the caller does not wait. */
  isQueued: boolean
  /** Of a failed call: the agent that it was for, if the span names it; it may be down, so that no other span does. */
  peer?: string | undefined
}

/** A call of another agent whose two sides are known from one span. */
export interface TelemetryMessage extends Executor {
  id: string
  to: string
  at: number
  latencyMs: number
  delivered: boolean
}

/** Figures that an instance reports of itself, by field of a self-report, and declared metrics by name. */
export interface TelemetryReport extends TelemetryInstance {
  at: number
  values: Partial<Record<SelfReportField, number>> & { metrics?: MetricValues }
}

/**
 * The content of a request, given how the configuration understands it, the time (milliseconds since the epoch), and whose data is
 * refused.
 */
export type Translator = (settings: TelemetrySettings, now: number, findRefusal: RefusalFinder) => Telemetry

/** The content of one request. */
export class Telemetry {
  /** Instances that did something, or report figures of themselves; they are registered. */
  readonly performers = new Map<string, TelemetryInstance>()
  /** Instances that only sent something; they are alive if they are known. */
  readonly senders = new Map<string, TelemetryInstance>()
  readonly executions: TelemetryExecution[] = []
  readonly contributions: Contribution[] = []
  readonly ancestorLinks: AncestorLink[] = []
  readonly calls: CallSide[] = []
  readonly messages: TelemetryMessage[] = []
  readonly reports: TelemetryReport[] = []
  readonly refusals = new Refusals()
  /** Sums since a start that were read; they count once the request is stored. */
  readonly sums: UncommittedSums = new Map()
  /** Numbers of ignored metric points, by name. */
  readonly ignoredPoints = new Map<string, number>()
  /** Numbers of calls of language models whose cost is unknown, by model. */
  readonly unpriced = new Map<string, number>()
  /** Spans, scores and figures that were read, refused ones too. */
  read = 0

  /** Whether nothing in it is used, not even that its sender is alive. */
  get isEmpty(): boolean {
    return this.senders.size === 0 && this.refusals.count === this.read
  }

  addIgnoredPoints(metric: string, points: number): void {
    this.ignoredPoints.set(metric, (this.ignoredPoints.get(metric) ?? 0) + points)
  }

  addUnpriced(model: string): void {
    this.unpriced.set(model, (this.unpriced.get(model) ?? 0) + 1)
  }

  /** @returns why its data is refused; undefined if it is not */
  addSender(resource: SpanResource, findRefusal: RefusalFinder): string | undefined {
    const { agent, instanceId } = resource
    const refusal = agent && findRefusal({ agentId: agent.agentId, instanceId })
    if (agent && refusal === undefined) addSource(this.senders, agent, resource)
    return refusal
  }

  addPerformer(agent: SpanAgent, resource: SpanResource): void {
    addSource(this.performers, agent, resource)
  }
}

function addSource(sources: Map<string, TelemetryInstance>, agent: SpanAgent, resource: SpanResource): void {
  const key = getInstanceKey({ agentId: agent.agentId, instanceId: resource.instanceId })
  if (!sources.has(key)) sources.set(key, toTelemetryInstance(agent, resource))
}

/** Maximum number of reasons in an answer. */
const explainedReasons = 10
/** Some quote a name that the sender chose. */
const longestReason = 300

/** The records that were refused: how many, and why. */
export class Refusals {
  readonly #reasons = new Map<string, number>()
  /** Those of them that are scores within spans: what the protocol counts as refused is whole spans. */
  scoresOfSpans = 0

  add(full: string, { isScoreOfSpan = false } = {}): void {
    if (isScoreOfSpan) this.scoresOfSpans++
    const reason = toCleanText(full, longestReason)
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
  }

  get count(): number {
    return [...this.#reasons.values()].reduce((sum, count) => sum + count, 0)
  }

  /** "3 × ends before it starts; 1 × …; and 7 more", the most frequent reasons first; empty if nothing was refused. */
  describe(): string {
    const reasons = [...this.#reasons].sort(([, a], [, b]) => b - a)
    const named = reasons.slice(0, explainedReasons)
    const more = this.count - named.reduce((sum, [, count]) => sum + count, 0)
    return [...named.map(([reason, count]) => `${count} × ${reason}`), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
  }
}

/** The id of the record that a span represents: that of its execution, if it is one. The same span has the same id in every request. */
export function toSpanId(traceId: Uint8Array, spanId: Uint8Array, part = ''): string {
  return toUuid(hash('md5', Buffer.concat([traceId, spanId, Buffer.from(part)]), 'hex'))
}
