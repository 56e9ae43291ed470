import type { Generated } from 'kysely'
import type { Json } from './columns.ts'

export interface TelemetryContributions {
  id: string
  spanId: string
  metrics: Json<Record<string, number | null>>
  isScore: boolean
  receivedAt: Generated<Date>
  settledAt: Date | null
  agents: string[] | null
}

export interface TelemetryPassages {
  id: string
  above: string
  counted: Generated<string[]>
  receivedAt: Generated<Date>
  agents: string[] | null
}

export interface TelemetryCalls {
  spanId: string
  side: 'caller' | 'callee'
  agentId: string
  instanceId: string
  configurationVersion: number | null
  startedAt: Date
  endedAt: Date
  durationMs: number
  succeeded: boolean
  isQueued: boolean
  receivedAt: Generated<Date>
}

export interface TelemetryTables {
  telemetryContributions: TelemetryContributions
  telemetryPassages: TelemetryPassages
  telemetryCalls: TelemetryCalls
}
