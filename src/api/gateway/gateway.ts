import { type ParsedRequest, type RequestName, type ResponseOf, requestSchemas } from '../../messaging/requests.ts'
import type { EngineSettings } from '../../model/engine-settings.ts'
import type { MetricDeclaration } from '../../model/metric.ts'
import type { RestartCommand } from '../../model/restart.ts'
import type { TelemetrySettings } from '../../model/telemetry.ts'
import {
  getAssignedConfiguration,
  recordAcknowledgement,
  recordDeparture,
  recordHeartbeat,
  registerInstance,
  requireAgent,
} from '../../store/agents.ts'
import { recordReadings } from '../../store/components.ts'
import { type Database, pingDatabase } from '../../store/database.ts'
import { getEngineSettings } from '../../store/engine-settings.ts'
import { ingestReports } from '../../store/reports.ts'
import { ingestTelemetry } from '../../store/telemetry/ingest.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { type FailureResponse, toFailureResponse } from './failure-response.ts'
import { IngestCounts } from './ingest-counts.ts'
import { Presence } from './presence.ts'
import { type RecordStream, type RecordsResponse, storeRecords } from './records.ts'
import { SettingsChannels } from './settings-channels.ts'

interface GatewayContext {
  db: Database
  /** Metrics that the configuration declares. */
  metrics: readonly MetricDeclaration[]
  /** The configured parameters of the performance engine; they may have been changed while it ran. */
  engine: EngineSettings
  telemetry: TelemetrySettings
  /** Commands that restart instances. */
  restarts?: readonly RestartCommand[]
}

type HandlerContext = GatewayContext & { counts: IngestCounts }
type Handlers = {
  [Name in RequestName]: (context: HandlerContext, request: ParsedRequest<Name>) => Promise<ResponseOf<Name>>
}

const handlers: Handlers = {
  announce: ({ db, metrics }, announcement) => registerInstance(db, announcement, Date.now(), metrics),
  heartbeat: ({ db }, heartbeat) => recordHeartbeat(db, heartbeat, Date.now()),
  acknowledge: async ({ db }, acknowledgement) => {
    await recordAcknowledgement(db, acknowledgement)
    return {}
  },
  configuration: ({ db }, { agentId, instanceId }) => getAssignedConfiguration(db, agentId, instanceId),
  report: async ({ db, metrics, counts }, batch) => {
    const response = await ingestReports(db, batch, Date.now(), metrics)
    counts.addRecords(response.accepted, response.rejected.length)
    return response
  },
  resources: async ({ db, engine }, { agentId, instanceId, reading: { cpuPercent, memoryPercent, ...others } }) => {
    await requireAgent(db, agentId)
    const { monitoring_interval_seconds: intervalSeconds } = await getEngineSettings(db, engine)
    const component = `${agentId}/${instanceId}`
    const reading = { component, kind: 'instance' as const, agentId, at: new Date(), cpuPercent, memoryPercent, others }
    await recordReadings(db, [reading], intervalSeconds * 1_000)
    return { intervalSeconds }
  },
  leave: async ({ db }, departure) => {
    await recordDeparture(db, departure)
    return {}
  },
}

export type GatewayResponse<Name extends RequestName> = { status: 200; body: ResponseOf<Name> } | FailureResponse

/** Answers the requests of the agent protocol, over either transport. Never throws. */
export class AgentGateway {
  readonly counts = new IngestCounts()
  /** Of the instances that send OpenTelemetry data. */
  readonly presence: Presence
  readonly settings: SettingsChannels
  readonly #context: HandlerContext
  /** Sources of OpenTelemetry data that this process has registered. */
  readonly #registered = new Set<string>()
  readonly #onUnavailable: (error: unknown) => void

  constructor(context: GatewayContext, onUnavailable: (error: unknown) => void) {
    this.#context = { ...context, counts: this.counts }
    this.#onUnavailable = onUnavailable
    const { db, telemetry, restarts = [] } = context
    this.settings = new SettingsChannels(db, { rules: telemetry.agents, commands: restarts }, onUnavailable)
    this.presence = new Presence(context.db, context.telemetry.liveSeconds * 1_000, onUnavailable)
  }

  /** Resolves if the database answers. */
  async ping(): Promise<void> {
    await pingDatabase(this.#context.db)
  }

  /** Stores reports as newline-delimited JSON. Never throws. */
  async storeRecords(stream: RecordStream): Promise<{ status: 200; body: RecordsResponse } | FailureResponse> {
    const { db, metrics } = this.#context
    const answer = await this.#answer('records', () =>
      storeRecords(stream, (batch) => ingestReports(db, batch, Date.now(), metrics)),
    )
    if (answer.status === 200) this.counts.addRecords(answer.body.accepted, answer.body.refused)
    return answer
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
    return await this.#answer(name, async () => {
      const request = requestSchemas[name].request.parse(JSON.parse(text))
      return await handlers[name](this.#context, request)
    })
  }

  async #answer<Body>(
    name: RequestName | 'records',
    work: () => Promise<Body>,
  ): Promise<{ status: 200; body: Body } | FailureResponse> {
    try {
      const body = await work()
      this.counts.addAnswer(name, 200)
      return { status: 200, body }
    } catch (error) {
      const failure = toFailureResponse(error)
      this.counts.addAnswer(name, failure.status)
      if (failure.status >= 500) this.#onUnavailable(error)
      return failure
    }
  }
}
