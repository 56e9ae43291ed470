import type { Generated, GeneratedAlways } from 'kysely'
import type { KnobDrift } from '../../model/drift.ts'
import type { Knob, KnobValues } from '../../model/knob.ts'
import type { MetricDeclaration } from '../../model/metric.ts'
import type { RecordedVersion } from '../../model/records.ts'
import type { Json, NullableJson } from './columns.ts'

/** How an instance is reached: by the agent protocol over NATS or HTTP, or not at all if only its OpenTelemetry data is known. */
export type TransportName = 'nats' | 'http' | 'otlp'

export interface Agents {
  agentId: string
  kind: string
  configurationVersion: Generated<number>
  createdAt: Generated<Date>
  forgottenAt: Date | null
  forgottenBy: string | null
  /** Why it was forgotten last. */
  forgottenWhy: string | null
  /** When it was last forgotten: what it reported before no longer counts. */
  historyFrom: Date | null
}

export interface Configurations extends Omit<RecordedVersion, 'values' | 'createdAt'> {
  agentId: string
  values: Json<KnobValues>
  restoresVersion: number | null
  requestId: string | null
  decided: Generated<string[]>
  awaited: string[] | null
  /** A person, or `optimizer`. */
  changedBy: Generated<string>
  createdAt: Generated<Date>
}

export interface ProvenVersions {
  id: GeneratedAlways<number>
  agentId: string
  version: number
  since: Generated<Date>
}

export interface AgentInstances {
  agentId: string
  instanceId: string
  transport: TransportName
  url: string | null
  processId: number | null
  processStartedAt: Date | null
  startedAt: Generated<Date>
  isRestart: Generated<boolean>
  runtime: string | null
  announcedAt: Generated<Date>
  heardSince: Generated<Date>
  heartbeatAt: Generated<Date>
  leftAt: Date | null
  clockSkewMs: Generated<number>
  assignedVersion: number
  effectiveVersion: number | null
  effectiveValues: NullableJson<KnobValues>
  effectiveAt: Date | null
  refusedVersion: number | null
  refusal: string | null
  metrics: Generated<string[]>
  declarationId: number
  declaredAt: Generated<Date>
  drift: NullableJson<KnobDrift[]>
  driftSince: Date | null
  toldToConvergeAt: Date | null
  canRestart: Generated<boolean>
  restartVersion: number | null
  restartRequestedAt: Date | null
  inForceSince: Date | null
}

export interface Metrics {
  name: string
  declaration: Json<MetricDeclaration>
  agentId: string
  declaredAt: Generated<Date>
}

export interface Declarations {
  id: GeneratedAlways<number>
  agentId: string
  digest: string
  knobs: Json<Knob[]>
}

export interface DriftPeriods {
  agentId: string
  instanceId: string
  since: Date
  until: Date | null
}

export interface Releases {
  id: GeneratedAlways<number>
  agentId: string
  knob: string | null
  releasedAt: Generated<Date>
  releasedBy: string
  reason: string
}

export interface FleetTables {
  agents: Agents
  configurations: Configurations
  provenVersions: ProvenVersions
  agentInstances: AgentInstances
  metrics: Metrics
  declarations: Declarations
  driftPeriods: DriftPeriods
  releases: Releases
}
