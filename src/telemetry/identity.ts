/** The agent and instance that telemetry belongs to. */
import { hash } from 'node:crypto'
import type { Knob } from '../model/knob.ts'
import { isSafeName } from '../model/name.ts'
import { type AgentRule, type TelemetrySettings, unnamedInstance } from '../model/telemetry.ts'
import { toCleanText } from '../model/text.ts'
import type { Attributes } from './attributes.ts'

/** An instance of an agent that sends telemetry. */
export interface TelemetryInstance {
  agentId: string
  kind: string
  instanceId: string
  /** The language and its version; undefined if the resource does not say. */
  runtime?: string
  processId?: number
  /** When its process began, milliseconds since the epoch by its own clock; undefined if the resource does not say. */
  startedAt?: number
  /** The knobs in its settings file; undefined without one. */
  knobs?: readonly Knob[]
}

/** Names an instance in all of the fleet. */
export const getInstanceKey = ({ agentId, instanceId }: Pick<TelemetryInstance, 'agentId' | 'instanceId'>) =>
  `${agentId}/${instanceId}`

/** Why the data of an instance is refused, as the end of a sentence about a record; undefined if it is not. */
export type RefusalFinder = (source: Pick<TelemetryInstance, 'agentId' | 'instanceId'>) => string | undefined

/** The process that sends, as its resource describes it. */
export interface SpanResource {
  attributes: Attributes
  /** The agent that it is by itself; undefined if neither a rule nor a name of the service says so. */
  agent: SpanAgent | undefined
  instanceId: string
}

export interface SpanAgent {
  agentId: string
  kind: string
  /** The rule of the configuration that says so. */
  rule?: AgentRule
}

/** Names that SDKs give to services that have none. */
const unnamed = /^unknown_service/

/** Reads the identity of a sender from the attributes of its resource. */
export function readResource(attributes: Attributes, settings: TelemetrySettings): SpanResource {
  const service = attributes.text('service.name')
  const named = service !== undefined && !unnamed.test(service) ? toSenderName(service) : undefined
  const host = attributes.text('k8s.pod.name', 'container.id', 'host.name')
  const process = attributes.text('process.pid')
  const instance = attributes.text('service.instance.id') ?? ([host, process].filter(Boolean).join('-') || unnamedInstance)
  return {
    attributes,
    agent: findRule(settings, attributes) ?? (named ? { agentId: named, kind: named } : undefined),
    // Each has its own, whatever its script.
    instanceId: toSenderName(instance) ?? hash('md5', instance),
  }
}

/** The agent that a span belongs to: by a rule, by the name of the agent that it carries, or by its service. */
export function identifyAgent(span: Attributes, resource: SpanResource, settings: TelemetrySettings): SpanAgent | undefined {
  const rule = settings.agents.length > 0 ? findRule(settings, span, resource.attributes) : undefined
  if (rule) return rule
  const name = nameOf(span)
  if (name === undefined) return resource.agent
  const named = toSenderName(name)
  return named === undefined ? undefined : { agentId: named, kind: named }
}

/** Why data has no agent, as the end of a sentence about it. */
export function explainMissingAgent(span: Attributes, { attributes }: SpanResource): string {
  const service = attributes.text('service.name')
  const name = nameOf(span) ?? (service !== undefined && !unnamed.test(service) && hasLetters(service) ? service : undefined)
  return name === undefined
    ? 'does not name an agent; set service.name on its resource (OTEL_SERVICE_NAME)'
    : `belongs to ${toCleanText(name, 100)}, which cannot be the id of an agent; add a rule with its id to telemetry.agents`
}

/** The agent that a span names itself. */
function nameOf(span: Attributes): string | undefined {
  const name = span.text('gen_ai.agent.name', 'agent.name')
  return name !== undefined && hasLetters(name) ? name : undefined
}

/**
 * The agent that a call may be for: the service that its span names (`service.peer.name`, formerly `peer.service`), or else the host, which has
 * the name of its service in many networks of containers. Undefined if it names neither.
 */
export function identifyPeer(span: Attributes, settings: TelemetrySettings): string | undefined {
  const service = span.text('service.peer.name', 'peer.service', 'server.address')
  if (service === undefined) return undefined
  const peer = { text: (name: string) => (name === 'service.name' ? service : undefined) }
  return findRule(settings, peer)?.agentId ?? toSenderName(service)
}

function findRule({ agents }: TelemetrySettings, ...attributes: Pick<Attributes, 'text'>[]): SpanAgent | undefined {
  const rule = agents.find(({ match }) =>
    Object.entries(match).every(([name, value]) => attributes.some((each) => each.text(name) === value)),
  )
  return rule && { agentId: rule.agentId, kind: rule.kind ?? rule.agentId, rule }
}

/** The sender as an instance of this agent. */
export function toTelemetryInstance(
  { agentId, kind, rule }: SpanAgent,
  { instanceId, attributes }: SpanResource,
): TelemetryInstance {
  const runtime = [
    attributes.text('process.runtime.name', 'telemetry.sdk.language'),
    attributes.text('process.runtime.version'),
  ].filter(Boolean)
  const processId = attributes.number('process.pid')
  const startedAt = Date.parse(attributes.text('process.creation.time') ?? '')
  return {
    agentId,
    kind,
    instanceId,
    ...(rule?.settings && { knobs: rule.settings.knobs }),
    ...(runtime.length > 0 && { runtime: toCleanText(runtime.join(' '), 200).replace(/[\n\r\u2028\u2029]/g, ' ') }),
    ...(processId !== undefined && Number.isSafeInteger(processId) && processId >= 0 && { processId }),
    ...(startedAt >= 0 && { startedAt }),
  }
}

/** Whether a text has a letter or a digit, of whatever script. */
const hasLetters = (text: string) => /[\p{L}\p{N}]/u.test(text)

/**
 * A name that a sender gives, as `nameSchema` allows it: `-` takes the place of other characters. Undefined if nothing is left, or only digits
 * of a name with letters of another script: two such names would become one.
 */
function toSenderName(text: string): string | undefined {
  if (/\p{L}/u.test(text) && !/[A-Za-z]/.test(text)) return undefined
  const name = text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 80)
    .replace(/-+$/, '')
  return name !== '' && isSafeName(name) ? name : undefined
}
