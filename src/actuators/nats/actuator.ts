import { setTimeout as delay } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import type { z } from 'zod'
import {
  type ConfigurationInForce,
  configurationInForceSchema,
  type Delivery,
  deliveryResponseSchema,
} from '../../messaging/protocol.ts'
import { sendRequest } from '../../messaging/request.ts'
import { getConfigureSubject, getReadBackSubject } from '../../messaging/subjects.ts'
import { OptimizerError } from '../../model/errors.ts'
import {
  type Actuator,
  type ActuatorTarget,
  createNotAcknowledgedError,
  createNotInForceError,
  createRefusedError,
  isInForce,
} from '../actuator.ts'

/** A request without an answer is repeated: the first one may have been lost with a connection. */
const answerWithinMs = 3_000
const retryMs = 100

/** Addresses the instance directly, on its own subjects. */
export class NatsActuator implements Actuator {
  readonly #nats: NatsConnection

  constructor(nats: NatsConnection) {
    this.#nats = nats
  }

  async deliver(target: ActuatorTarget, delivery: Delivery, timeoutMs: number): Promise<void> {
    const subject = getConfigureSubject(target.agentId, target.instanceId)
    const answer = await this.#ask(target, subject, delivery, deliveryResponseSchema, timeoutMs)
    if (answer.status === 'refused') throw createRefusedError(target, delivery.version, answer.reason ?? 'no reason given')
    const { version, inForce } = answer
    if (version !== delivery.version) throw createNotInForceError(target, delivery, { ...inForce, version })
    if (!isInForce(delivery, inForce)) throw createNotInForceError(target, delivery, inForce)
  }

  readBack(target: ActuatorTarget, timeoutMs: number): Promise<ConfigurationInForce> {
    const subject = getReadBackSubject(target.agentId, target.instanceId)
    return this.#ask(target, subject, {}, configurationInForceSchema, timeoutMs)
  }

  async #ask<Schema extends z.ZodType>(
    target: ActuatorTarget,
    subject: string,
    payload: unknown,
    schema: Schema,
    timeoutMs: number,
  ) {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const left = Math.max(1, deadline - Date.now())
      try {
        return await sendRequest(this.#nats, subject, payload, schema, Math.min(left, answerWithinMs))
      } catch (error) {
        const waiting = error instanceof OptimizerError && error.retryable && Date.now() + retryMs < deadline
        if (!waiting) throw createNotAcknowledgedError(target, timeoutMs, { cause: error })
        await delay(retryMs)
      }
    }
  }
}
