import type { NatsConnection } from '@nats-io/transport-node'
import { connectNats } from '../../messaging/connection.ts'
import type { OrchestratorCommand } from '../../messaging/orchestrator-protocol.ts'
import { instanceProfileRequestSchema } from '../../messaging/profiling.ts'
import { deliverySchema } from '../../messaging/protocol.ts'
import { sendRequest } from '../../messaging/request.ts'
import { type RequestName, type RequestOf, type ResponseOf, requestSchemas } from '../../messaging/requests.ts'
import { SubjectServer } from '../../messaging/subject-server.ts'
import {
  commandSubject,
  cycleReportSubject,
  gatewaySubjects,
  getConfigureSubject,
  getProfileSubject,
  getReadBackSubject,
} from '../../messaging/subjects.ts'
import { OptimizerError } from '../../model/errors.ts'
import type { NatsOptions } from '../../model/nats-options.ts'
import type { Policy } from '../../model/policy.ts'
import type { AgentHandlers, CycleReportHandler, InstanceIdentity, Transport } from '../transport.ts'
import { warnOnce } from '../warning.ts'

const answerWithinMs = 5_000
/** A command waits for the workflow that carries it out. */
const commandWithinMs = 15_000

/**
 * Requests go to the gateway, deliveries arrive on the instance's own subjects. Connects on the first request. The schemas that only the
 * orchestrator needs are loaded when it does, because they take memory.
 */
export class NatsTransport implements Transport {
  readonly name = 'nats'
  readonly #url: string
  readonly #options: NatsOptions
  readonly #identity: InstanceIdentity
  readonly #handlers: AgentHandlers
  #connecting: Promise<NatsConnection> | undefined
  #nats: NatsConnection | undefined
  #online = false
  #closed = false
  #cycleReportHandler: CycleReportHandler | undefined

  constructor(url: string, options: NatsOptions, identity: InstanceIdentity, handlers: AgentHandlers) {
    this.#url = url
    this.#options = options
    this.#identity = identity
    this.#handlers = handlers
  }

  async request<Name extends RequestName>(name: Name, payload: RequestOf<Name>): Promise<ResponseOf<Name>> {
    const nats = await this.#connection()
    return sendRequest(nats, gatewaySubjects[name], payload, requestSchemas[name].answer, answerWithinMs)
  }

  async command(order: OrchestratorCommand): Promise<Policy> {
    const { policySchema } = await import('../../model/policy.ts')
    return await sendRequest(await this.#connection(), commandSubject, order, policySchema, commandWithinMs)
  }

  onCycleReport(handler: CycleReportHandler): void {
    if (!this.#cycleReportHandler && this.#nats && !this.#nats.isClosed()) this.#serveCycleReports(this.#nats)
    this.#cycleReportHandler = handler
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#nats?.close()
  }

  async #connection(): Promise<NatsConnection> {
    if (!this.#nats) {
      this.#connecting ??= this.#connect().finally(() => {
        this.#connecting = undefined
      })
      return this.#connecting
    }
    // Messages sent while disconnected would arrive late, with outdated content.
    if (!this.#online) throw new OptimizerError('unreachable', 'The connection to NATS is down.', { retryable: true })
    return this.#nats
  }

  async #connect(): Promise<NatsConnection> {
    const { agentId, instanceId } = this.#identity
    const nats = await connectNats(this.#url, instanceId, (message) => warnOnce(message, message), this.#options)
    if (this.#closed) {
      await nats.close()
      throw new OptimizerError('closed', 'The agent is closed.')
    }
    this.#nats = nats
    this.#online = true
    void this.#watch(nats)
    serve(nats, getConfigureSubject(agentId, instanceId), (text) =>
      this.#handlers.configure(deliverySchema.parse(JSON.parse(text))),
    )
    serve(nats, getReadBackSubject(agentId, instanceId), () => this.#handlers.readBack())
    serve(nats, getProfileSubject(agentId, instanceId), (text) =>
      this.#handlers.profile(instanceProfileRequestSchema.parse(JSON.parse(text))),
    )
    if (this.#cycleReportHandler) this.#serveCycleReports(nats)
    return nats
  }

  async #watch(nats: NatsConnection): Promise<void> {
    for await (const { type } of nats.status()) {
      if (type === 'disconnect') this.#online = false
      if (type === 'reconnect') this.#online = true
    }
    this.#nats = undefined
  }

  #serveCycleReports(nats: NatsConnection): void {
    const handle = async (text: string) => {
      const { cycleReportSchema } = await import('../../messaging/orchestrator-protocol.ts')
      return await this.#cycleReportHandler?.(cycleReportSchema.parse(JSON.parse(text)))
    }
    // Only one of several instances answers.
    serve(nats, cycleReportSubject, handle, this.#identity.agentId)
  }
}

/** Answers each request with what the handler returns; a request that cannot be answered gets an error, never a crash. */
function serve(nats: NatsConnection, subject: string, handle: (text: string) => unknown, queue?: string): void {
  new SubjectServer(nats, subject, (text) => answerText(() => handle(text)), queue)
}

async function answerText(handle: () => unknown): Promise<string> {
  try {
    return JSON.stringify(await handle())
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const code = error instanceof OptimizerError ? error.code : 'invalid-request'
    return JSON.stringify({ error: { code, message } })
  }
}
