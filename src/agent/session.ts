import { setTimeout as delay } from 'node:timers/promises'
import type { Acknowledgement, Announcement, ConfigurationInForce, Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { toCleanText } from '../model/text.ts'
import type { AppliedConfiguration } from './configuration.ts'
import type { ExecutionsInFlight } from './executions-in-flight.ts'
import type { Transport } from './transport.ts'
import { warnOnce } from './warning.ts'

const firstRetryMs = 200
const longestRetryMs = 2_000
/** The cause of a refusal may be temporary, so a refused version that is still assigned is retried after this time. */
const refusalHoldsMs = 30_000

/** Ends this process, or has it replaced, so that the next one starts with the assigned version. Throwing refuses the version. */
export type RestartHandler = () => void | Promise<void>

/** Tells the optimizer that this instance is alive, and keeps the instance on its assigned version. */
export class Session {
  readonly #announcement: Omit<Announcement, 'sentAt'>
  readonly #configuration: AppliedConfiguration
  readonly #transport: Transport
  readonly #heartbeatMs: number
  readonly #inFlight: ExecutionsInFlight
  readonly #restart: RestartHandler | undefined
  readonly #stopped = new AbortController()
  #announced = false
  #beating: Promise<void> = Promise.resolve()
  #failures = 0
  #fetching = false
  #refused: { version: number; at: number } | undefined
  /** The version that this instance runs with after a restart. */
  #awaitingRestart: number | undefined
  #isRestarting = false
  /** Sent again with the heartbeats until it is answered. */
  #unanswered: Acknowledgement | undefined

  constructor(
    announcement: Omit<Announcement, 'sentAt'>,
    configuration: AppliedConfiguration,
    transport: Transport,
    {
      heartbeatMs,
      inFlight,
      restart,
    }: { heartbeatMs: number; inFlight: ExecutionsInFlight; restart?: RestartHandler | undefined },
  ) {
    this.#announcement = announcement
    this.#configuration = configuration
    this.#transport = transport
    this.#heartbeatMs = heartbeatMs
    this.#inFlight = inFlight
    this.#restart = restart
  }

  /** Resolves after the first attempt to announce, whether it succeeded or not; continues in the background until `stop`. */
  async start(): Promise<void> {
    await this.#beat()
    this.#beating = this.#keepBeating()
  }

  stop(): void {
    this.#stopped.abort()
  }

  /** Tells the optimizer that this instance stops, if it has heard of it. Call after `stop`. */
  async leave(deadlineMs: number): Promise<void> {
    const { agentId, instanceId } = this.#announcement
    const left = async () => {
      // A heartbeat that arrives later would revoke it.
      await this.#beating
      if (this.#announced) await this.#transport.request('leave', { agentId, instanceId })
    }
    await Promise.race([left().catch(() => undefined), delay(deadlineMs, undefined, { ref: false })])
  }

  /** Applies a delivery and acknowledges it. A delayed delivery never undoes a later one. */
  configure(delivery: Delivery): Promise<Acknowledgement> {
    return this.#apply(delivery, (inForce) => inForce.version <= delivery.version)
  }

  async #apply(delivery: Delivery, wanted: (inForce: ConfigurationInForce) => boolean): Promise<Acknowledgement> {
    let isOvertaken = false
    const outcome = await this.#configuration.deliver(delivery, (inForce) => {
      isOvertaken = !wanted(inForce)
      return !isOvertaken
    })
    const { agentId, instanceId } = this.#announcement
    const { version } = delivery
    const inForce = this.#configuration.current
    this.#awaitingRestart = outcome.status === 'needs-restart' ? version : undefined
    if (outcome.status === 'needs-restart') return { agentId, instanceId, version, ...outcome, status: 'refused', inForce }
    const acknowledgement = { agentId, instanceId, version, ...outcome, inForce }
    // A version that another one overtook may still be the assigned one.
    if (!isOvertaken) this.#refused = outcome.status === 'refused' ? { version, at: Date.now() } : undefined
    this.#unanswered = acknowledgement
    void this.#acknowledge().catch(() => undefined)
    return acknowledgement
  }

  async #keepBeating(): Promise<void> {
    const signal = this.#stopped.signal
    while (!signal.aborted) {
      const retryMs = Math.min(longestRetryMs, firstRetryMs * 2 ** (this.#failures - 1))
      await delay(this.#failures ? retryMs : this.#heartbeatMs, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted) await this.#beat()
    }
  }

  async #beat(): Promise<void> {
    try {
      if (this.#announced) await this.#heartbeat()
      if (!this.#announced) await this.#announce()
      await this.#acknowledge()
      this.#failures = 0
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      this.#announced = false
      this.#failures++
      const isRefused = error instanceof OptimizerError && !error.retryable
      const what = isRefused ? "The optimizer refuses this agent's requests" : 'The optimizer does not respond'
      const reason = error instanceof Error ? error.message : error
      warnOnce(isRefused ? 'refused' : 'away', `${what}; the agent continues without it: ${reason}`)
    }
  }

  async #announce(): Promise<void> {
    const before = this.#configuration.current
    const delivery = await this.#transport.request('announce', { ...this.#announcement, sentAt: Date.now() })
    this.#announced = true
    const applied = this.#apply(delivery, stillWanted(before, delivery))
    await Promise.race([applied, delay(this.#heartbeatMs, undefined, { ref: false })])
  }

  async #heartbeat(): Promise<void> {
    const { agentId, instanceId } = this.#announcement
    const inForce = this.#configuration.current
    const inFlight = this.#inFlight.list(inForce.version)
    const heartbeat = { agentId, instanceId, ...inForce, sentAt: Date.now(), ...(inFlight.length > 0 && { inFlight }) }
    const answer = await this.#transport.request('heartbeat', heartbeat)
    this.#announced = answer.known
    if (!answer.known || answer.assignedVersion === null) return
    if (this.#awaitingRestart !== answer.assignedVersion) this.#converge(answer.assignedVersion, answer.drifted)
    else if (answer.restart) void this.#startAgain(answer.assignedVersion)
  }

  async #startAgain(version: number): Promise<void> {
    if (this.#isRestarting || !this.#restart) return
    this.#isRestarting = true
    try {
      await this.#restart()
    } catch (error) {
      this.#isRestarting = false
      const { agentId, instanceId } = this.#announcement
      const reason = toCleanText(`it could not restart: ${error instanceof Error ? error.message : error}`)
      this.#awaitingRestart = undefined
      this.#refused = { version, at: Date.now() }
      this.#unanswered = { agentId, instanceId, version, status: 'refused', reason, inForce: this.#configuration.current }
    }
  }

  /** Makes up for a delivery that was lost, overtaken, never sent or overridden. Does not delay the heartbeats. */
  #converge(assigned: number, drifted: boolean): void {
    const before = this.#configuration.current
    const refusedNow = this.#refused?.version === assigned && Date.now() < this.#refused.at + refusalHoldsMs
    if ((assigned === before.version && !drifted) || refusedNow || this.#fetching) return
    this.#fetching = true
    const { agentId, instanceId } = this.#announcement
    void this.#transport
      .request('configuration', { agentId, instanceId })
      .then((delivery) => this.#apply(delivery, stillWanted(before, delivery)))
      .catch(() => undefined)
      .finally(() => {
        this.#fetching = false
      })
  }

  async #acknowledge(): Promise<void> {
    const acknowledgement = this.#unanswered
    if (!acknowledgement) return
    try {
      await this.#transport.request('acknowledge', acknowledgement)
    } catch (error) {
      if (!(error instanceof OptimizerError) || error.retryable) throw error
    }
    if (this.#unanswered === acknowledgement) this.#unanswered = undefined
  }
}

/** An answer counts unless another version came into force since the request. */
const stillWanted =
  (before: ConfigurationInForce, { version }: Delivery) =>
  (inForce: ConfigurationInForce) =>
    inForce === before || inForce.version === version
