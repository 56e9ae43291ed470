import type { ReportBatch } from '../../messaging/protocol.ts'
import { type ParsedRequest, type RequestName, type ResponseOf, requestSchemas } from '../../messaging/requests.ts'
import { assertMayReport, type ReportingAgents } from '../../model/access.ts'
import type { EngineSettings } from '../../model/engine-settings.ts'
import type { ConfiguredMetric } from '../../model/metric.ts'
import type { RestartCommand } from '../../model/restart.ts'
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
import { type AssumedVersions, registerSources } from '../../store/telemetry/sources.ts'
import { CumulativeSums } from '../../telemetry/cumulative-sums.ts'
import { getInstanceKey, type RefusalFinder } from '../../telemetry/identity.ts'
import type { Telemetry, Translator } from '../../telemetry/telemetry.ts'
import { FairQueue } from '../fair-queue.ts'
import { type FailureResponse, toFailureResponse } from './failure-response.ts'
import { IngestCounts } from './ingest-counts.ts'
import { recordProcessReading } from './process-readings.ts'
import { type RecordStream, type RecordsResponse, storeRecords } from './records.ts'
import { SettingsChannels } from './settings-channels.ts'
import { TelemetryPresence } from './telemetry-presence.ts'

/** Its values may change while it is in use. */
interface GatewayContext {
  db: Database
  /** Metrics that the configuration declares. */
  metrics: readonly ConfiguredMetric[]
  /** The configured parameters of the performance engine; they may have been changed while it ran. */
  engine: EngineSettings
  telemetry: TelemetrySettings
  /** Commands that restart instances. */
  restarts?: readonly RestartCommand[]
}

type Handlers = {
  [Name in RequestName]: (
    context: GatewayContext,
    request: ParsedRequest<Name>,
    counts: IngestCounts,
  ) => Promise<ResponseOf<Name>>
}

const handlers: Handlers = {
  announce: ({ db, metrics }, announcement) => registerInstance(db, announcement, Date.now(), metrics),
  heartbeat: ({ db }, heartbeat) => recordHeartbeat(db, heartbeat, Date.now()),
  acknowledge: async ({ db }, acknowledgement) => {
    await recordAcknowledgement(db, acknowledgement)
    return {}
  },
  configuration: ({ db }, { agentId, instanceId }) => getAssignedConfiguration(db, agentId, instanceId),
  report: async ({ db, metrics }, batch, counts) => {
    const response = await ingestReports(db, batch, Date.now(), metrics)
    counts.addRecords(response.accepted, response.rejected.length)
    return response
  },
  resources: recordProcessReading,
  leave: async ({ db }, departure) => {
    await recordDeparture(db, departure)
    return {}
  },
}

/**
 * Reports, and batches of records, that are stored at once, so that connections to the database are left for other requests, and those that
 * wait, in all and of one agent.
 */
const reportsAtOnce = 6
const maxReportsWaiting = 2_000
const maxReportsOfOne = 100
/**
 * The same for all other requests, which are small and of which a large fleet, or an agent with hundreds of instances, sends many together when
 * NATS is back or a deployment ends.
 */
const requestsAtOnce = 3
const maxRequestsWaiting = 50_000
const maxRequestsOfOne = 1_000
/** Characters that take a place while they wait, so that large ones do not fill the memory: 12 MiB of reports of one agent, 250 of all. */
const charactersPerPlace = { report: 128 * 1024, other: 16 * 1024 }

/**
 * Whose turn a request is: its agent's, if its token covers it. Found without parsing, which is done in its turn, as a flood would make too
 * much of it.
 */
function findSender(text: string, agents: ReportingAgents): string | undefined {
  const named = /"agentId"\s*:\s*"([^"\\]{1,80})"/.exec(text)?.[1]
  return agents && !(named && agents.includes(named)) ? agents[0] : named
}

export type GatewayResponse<Name extends RequestName> = { status: 200; body: ResponseOf<Name> } | FailureResponse

/** Answers the requests of the agent protocol, over either transport. Never throws. */
export class AgentGateway {
  readonly counts = new IngestCounts()
  /** Of the instances that send OpenTelemetry data. */
  readonly presence: TelemetryPresence
  readonly settings: SettingsChannels
  readonly #sums = new CumulativeSums()
  readonly #reports = new FairQueue(reportsAtOnce, maxReportsWaiting, maxReportsOfOne)
  readonly #requests = new FairQueue(requestsAtOnce, maxRequestsWaiting, maxRequestsOfOne)
  readonly #context: GatewayContext
  readonly #onUnavailable: (error: unknown) => void

  constructor(context: GatewayContext, onUnavailable: (error: unknown) => void) {
    this.#context = context
    this.#onUnavailable = onUnavailable
    const { db, telemetry, restarts = [] } = context
    this.settings = new SettingsChannels(db, { rules: telemetry.agents, commands: restarts }, onUnavailable)
    this.presence = new TelemetryPresence(context.db, context.telemetry.liveSeconds * 1_000, onUnavailable)
  }

  /** Resolves if the database answers. */
  async ping(): Promise<void> {
    await pingDatabase(this.#context.db)
  }

  /** Stores reports as newline-delimited JSON. Never throws. @param agents that the sender may report for */
  async storeRecords(
    stream: RecordStream,
    agents?: ReportingAgents,
  ): Promise<{ status: 200; body: RecordsResponse } | FailureResponse> {
    const { db, metrics } = this.#context
    const answer = await this.#answer('records', () => {
      assertMayReport(agents, stream.agentId)
      const store = (batch: ReportBatch) => ingestReports(db, batch, Date.now(), metrics)
      return storeRecords(stream, (batch) => this.#reports.runOrRefuse(() => store(batch), batch.agentId))
    })
    if (answer.status === 200) this.counts.addRecords(answer.body.accepted, answer.body.refused)
    return answer
  }

  /**
   * Stores OpenTelemetry data. That of agents that the sender may not report for is refused, as a Collector may send for many.
   * @param agents that the sender may report for
   * @throws OptimizerError `foreign-agent` if it reports for no other
   */
  async ingestTelemetry(translate: Translator, agents?: ReportingAgents): Promise<Telemetry> {
    const { db, metrics } = this.#context
    const now = Date.now()
    const { telemetry, assumed } = await this.#admit(translate, now, agents)
    await ingestTelemetry(db, telemetry, now, { assumed, configured: metrics, agents })
    const { senders, performers, read, refusals, ignoredPoints, unpriced, sums } = telemetry
    this.#sums.keep(sums)
    this.counts.addTelemetry(read - refusals.count, refusals.count)
    this.counts.addIgnoredPoints(ignoredPoints)
    this.counts.addUnpriced(unpriced)
    await this.presence.hear([...senders.values(), ...performers.values()], now)
    return telemetry
  }

  /**
   * The content of a request without what comes from foreign agents or instances beyond the limits, and the versions that the others run
   * with.
   */
  async #admit(
    translate: Translator,
    now: number,
    agents: ReportingAgents,
  ): Promise<{ telemetry: Telemetry; assumed: AssumedVersions }> {
    const { db, metrics, telemetry: limits } = this.#context
    const settings = { ...limits, declared: metrics, sums: this.#sums }
    const covered = agents && new Set(agents)
    const beyond = new Map<string, string>()
    let foreign: string | undefined
    const findRefusal: RefusalFinder = (source) => {
      if (!covered || covered.has(source.agentId)) return beyond.get(getInstanceKey(source))
      foreign = source.agentId
      return `belongs to ${foreign}, which the token does not cover`
    }
    for (;;) {
      const telemetry = translate(settings, now, findRefusal)
      if (foreign !== undefined && beyond.size === 0 && telemetry.isEmpty) assertMayReport(agents, foreign)
      const found = await registerSources(db, [...telemetry.performers.values()], now, { configured: metrics, limits })
      if (found.refused.size === 0) return { telemetry, assumed: found.assumed }
      for (const [key, reason] of found.refused) beyond.set(key, reason)
    }
  }

  /** @param agents that the sender may report for */
  async handle<Name extends RequestName>(name: Name, text: string, agents?: ReportingAgents): Promise<GatewayResponse<Name>> {
    const [turns, size] =
      name === 'report' ? [this.#reports, charactersPerPlace.report] : [this.#requests, charactersPerPlace.other]
    const handle = async () => {
      const request = requestSchemas[name].request.parse(JSON.parse(text))
      assertMayReport(agents, request.agentId)
      return await handlers[name](this.#context, request, this.counts)
    }
    const places = Math.max(1, Math.ceil(text.length / size))
    return await this.#answer(name, () => turns.runOrRefuse(handle, findSender(text, agents), places))
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
