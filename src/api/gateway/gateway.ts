import { type AnswerOf, type ParsedRequest, type RequestName, requestSchemas } from '../../messaging/requests.ts'
import { OptimizerError } from '../../model/errors.ts'
import { assignedConfiguration, recordAcknowledgement, recordHeartbeat, registerInstance } from '../../store/agents.ts'
import type { Database } from '../../store/database.ts'
import { ingest } from '../../store/reports.ts'
import { type Failure, failureOf } from './failure.ts'

type Handlers = {
  [Name in RequestName]: (db: Database, request: ParsedRequest<Name>) => Promise<AnswerOf<Name>>
}

const handlers: Handlers = {
  announce: (db, announcement) => registerInstance(db, announcement),
  heartbeat: (db, heartbeat) => recordHeartbeat(db, heartbeat, Date.now()),
  acknowledge: async (db, acknowledgement) => {
    await recordAcknowledgement(db, acknowledgement)
    return {}
  },
  configuration: async (db, { agentId, instanceId }) => {
    const delivery = await assignedConfiguration(db, agentId, instanceId)
    if (delivery) return delivery
    throw new OptimizerError(
      'unknown-agent',
      `No instance ${instanceId} of agent ${agentId} has announced itself; announce it first.`,
    )
  },
  report: (db, batch) => ingest(db, batch, Date.now()),
}

export type Answer<Name extends RequestName> = { status: 200; body: AnswerOf<Name> } | Failure

/** Answers the requests of the agent protocol, whichever way they came. Never throws. */
export class AgentGateway {
  readonly #db: Database
  readonly #onUnavailable: (error: unknown) => void

  constructor(db: Database, onUnavailable: (error: unknown) => void) {
    this.#db = db
    this.#onUnavailable = onUnavailable
  }

  async answer<Name extends RequestName>(name: Name, text: string): Promise<Answer<Name>> {
    try {
      const request = requestSchemas[name].request.parse(JSON.parse(text))
      return { status: 200, body: await handlers[name](this.#db, request) }
    } catch (error) {
      const failure = failureOf(error)
      if (failure.status === 503) this.#onUnavailable(error)
      return failure
    }
  }
}
