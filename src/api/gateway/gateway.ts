import { type ParsedRequest, type RequestName, type ResponseOf, requestSchemas } from '../../messaging/requests.ts'
import { OptimizerError } from '../../model/errors.ts'
import {
  findAssignedConfiguration,
  recordAcknowledgement,
  recordDeparture,
  recordHeartbeat,
  registerInstance,
} from '../../store/agents.ts'
import { type Database, pingDatabase } from '../../store/database.ts'
import { ingestReports } from '../../store/reports.ts'
import { type FailureResponse, toFailureResponse } from './failure-response.ts'

type Handlers = {
  [Name in RequestName]: (db: Database, request: ParsedRequest<Name>) => Promise<ResponseOf<Name>>
}

const handlers: Handlers = {
  announce: (db, announcement) => registerInstance(db, announcement),
  heartbeat: (db, heartbeat) => recordHeartbeat(db, heartbeat, Date.now()),
  acknowledge: async (db, acknowledgement) => {
    await recordAcknowledgement(db, acknowledgement)
    return {}
  },
  configuration: async (db, { agentId, instanceId }) => {
    const delivery = await findAssignedConfiguration(db, agentId, instanceId)
    if (delivery) return delivery
    throw new OptimizerError(
      'unknown-agent',
      `No instance ${instanceId} of agent ${agentId} has announced itself; announce it first.`,
    )
  },
  report: (db, batch) => ingestReports(db, batch, Date.now()),
  leave: async (db, departure) => {
    await recordDeparture(db, departure)
    return {}
  },
}

export type GatewayResponse<Name extends RequestName> = { status: 200; body: ResponseOf<Name> } | FailureResponse

/** Answers the requests of the agent protocol, over either transport. Never throws. */
export class AgentGateway {
  readonly #db: Database
  readonly #onUnavailable: (error: unknown) => void

  constructor(db: Database, onUnavailable: (error: unknown) => void) {
    this.#db = db
    this.#onUnavailable = onUnavailable
  }

  /** Resolves if the database answers. */
  async ping(): Promise<void> {
    await pingDatabase(this.#db)
  }

  async handle<Name extends RequestName>(name: Name, text: string): Promise<GatewayResponse<Name>> {
    try {
      const request = requestSchemas[name].request.parse(JSON.parse(text))
      return { status: 200, body: await handlers[name](this.#db, request) }
    } catch (error) {
      const failure = toFailureResponse(error)
      if (failure.status >= 500) this.#onUnavailable(error)
      return failure
    }
  }
}
