import { type ParsedRequest, type RequestName, type ResponseOf, requestSchemas } from '../../messaging/requests.ts'
import type { MetricDeclaration } from '../../model/metric.ts'
import type { TelemetrySettings } from '../../model/telemetry.ts'
import {
  getAssignedConfiguration,
  recordAcknowledgement,
  recordDeparture,
  recordHeartbeat,
  registerInstance,
} from '../../store/agents.ts'
import { type Database, pingDatabase } from '../../store/database.ts'
import { ingestReports } from '../../store/reports.ts'
import { ingestTelemetry } from '../../store/telemetry/ingest.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { type FailureResponse, toFailureResponse } from './failure-response.ts'
import { Presence } from './presence.ts'
import { SettingsFiles } from './settings-files.ts'

interface GatewayContext {
  db: Database
  /** Metrics that the configuration declares. */
  metrics: readonly MetricDeclaration[]
  telemetry: TelemetrySettings
}

type Handlers = {
  [Name in RequestName]: (context: GatewayContext, request: ParsedRequest<Name>) => Promise<ResponseOf<Name>>
}

const handlers: Handlers = {
  announce: ({ db, metrics }, announcement) => registerInstance(db, announcement, Date.now(), metrics),
  heartbeat: ({ db }, heartbeat) => recordHeartbeat(db, heartbeat, Date.now()),
  acknowledge: async ({ db }, acknowledgement) => {
    await recordAcknowledgement(db, acknowledgement)
    return {}
  },
  configuration: ({ db }, { agentId, instanceId }) => getAssignedConfiguration(db, agentId, instanceId),
  report: ({ db, metrics }, batch) => ingestReports(db, batch, Date.now(), metrics),
  leave: async ({ db }, departure) => {
    await recordDeparture(db, departure)
    return {}
  },
}

export type GatewayResponse<Name extends RequestName> = { status: 200; body: ResponseOf<Name> } | FailureResponse

/** Answers the requests of the agent protocol, over either transport. Never throws. */
export class AgentGateway {
  readonly #context: GatewayContext
  /** Of the instances that send OpenTelemetry data. */
  readonly presence: Presence
  readonly settingsFiles: SettingsFiles
  /** Sources of OpenTelemetry data that this process has registered. */
  readonly #registered = new Set<string>()
  readonly #onUnavailable: (error: unknown) => void

  constructor(context: GatewayContext, onUnavailable: (error: unknown) => void) {
    this.#context = context
    this.#onUnavailable = onUnavailable
    this.settingsFiles = new SettingsFiles(context.db, context.telemetry.agents, onUnavailable)
    this.presence = new Presence(context.db, context.telemetry.liveSeconds * 1_000, onUnavailable)
  }

  /** Resolves if the database answers. */
  async ping(): Promise<void> {
    await pingDatabase(this.#context.db)
  }

  /**
   * Stores OpenTelemetry data.
   * @param translate what a request says, given how the configuration understands it and the time, milliseconds since the epoch
   */
  async ingestTelemetry(translate: (settings: TelemetrySettings, now: number) => Telemetry): Promise<Telemetry> {
    const { db, metrics, telemetry: settings } = this.#context
    const now = Date.now()
    const telemetry = translate(settings, now)
    await ingestTelemetry(db, telemetry, now, { configured: metrics, registered: this.#registered })
    this.presence.hear([...telemetry.senders.values(), ...telemetry.performers.values()], now)
    return telemetry
  }

  async handle<Name extends RequestName>(name: Name, text: string): Promise<GatewayResponse<Name>> {
    try {
      const request = requestSchemas[name].request.parse(JSON.parse(text))
      return { status: 200, body: await handlers[name](this.#context, request) }
    } catch (error) {
      const failure = toFailureResponse(error)
      if (failure.status >= 500) this.#onUnavailable(error)
      return failure
    }
  }
}
