import { type ParsedRequest, type RequestName, type ResponseOf, requestSchemas } from '../../messaging/requests.ts'
import type { EngineSettings } from '../../model/engine-settings.ts'
import type { MetricDeclaration } from '../../model/metric.ts'
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
import { findEngineSettings } from '../../store/engine-settings.ts'
import { ingestReports } from '../../store/reports.ts'
import { type FailureResponse, toFailureResponse } from './failure-response.ts'

interface GatewayContext {
  db: Database
  /** Metrics that the configuration declares. */
  metrics: readonly MetricDeclaration[]
  /** Parameters of the performance engine, unless they were changed while it ran. */
  engine: EngineSettings
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
  resources: async ({ db, engine }, { agentId, instanceId, reading: { cpuPercent, memoryPercent, ...others } }) => {
    await requireAgent(db, agentId)
    const { monitoring_interval_seconds: intervalSeconds } = (await findEngineSettings(db)) ?? engine
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
  readonly #context: GatewayContext
  readonly #onUnavailable: (error: unknown) => void

  constructor(context: GatewayContext, onUnavailable: (error: unknown) => void) {
    this.#context = context
    this.#onUnavailable = onUnavailable
  }

  /** Resolves if the database answers. */
  async ping(): Promise<void> {
    await pingDatabase(this.#context.db)
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
