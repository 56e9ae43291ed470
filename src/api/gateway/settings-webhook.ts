import { z } from 'zod'
import type { Delivery } from '../../messaging/protocol.ts'
import { createSignatureHeaders } from '../../messaging/signature.ts'
import { parseJson } from '../../model/json.ts'
import { versionSchema } from '../../model/knob.ts'
import { expandSettingsPath, type SettingsWebhookOptions as WebhookSettings } from '../../model/telemetry.ts'
import { toCleanText } from '../../model/text.ts'
import { recordRefusal } from '../../store/agents.ts'
import type { Database } from '../../store/database.ts'
import { getAssignedConfiguration } from '../../store/deliveries.ts'
import type { KnownInstance } from '../../store/instance-liveness.ts'
import { recordWebhookVersion } from '../../store/telemetry/reported-versions.ts'
import type { SettingsChannel } from './settings-channel.ts'

const timeoutMs = 5_000
/** How often accepted settings are posted again: the response says what is in force now. */
const repeatMs = 5_000
const refusedMs = 30_000
const firstRetryMs = 1_000
const longestRetryMs = 60_000
const longestAnswer = 64 * 1024

const answerSchema = z.object({ version: versionSchema })
const refusalSchema = z.object({ reason: z.string() })
/** Responses with which the receiver asks for a retry. */
const transientStatuses = [408, 425, 429]

interface Posted {
  version: number
  failures: number
  /** Milliseconds since the epoch. */
  nextAt: number
}

/**
 * Posts the settings of instances, signed. An answer with the version in force confirms it; any other success only says that the settings
 * arrived, and telemetry has to confirm them. A post that fails is repeated with the same idempotency key.
 */
export class SettingsWebhook implements SettingsChannel {
  readonly isKept = false
  readonly #db: Database
  readonly #settings: WebhookSettings
  readonly #posted = new Map<string, Posted>()

  constructor(db: Database, settings: WebhookSettings) {
    this.#db = db
    this.#settings = settings
  }

  isDue({ instanceId, assignedVersion }: KnownInstance, _given: unknown, now: number): boolean {
    const posted = this.#posted.get(instanceId)
    return posted?.version !== assignedVersion || now >= posted.nextAt
  }

  /** @throws Error if the receiver did not take the settings; the next call tries again when it is time */
  async converge(instance: { agentId: string; instanceId: string }, now = Date.now()): Promise<void> {
    const { agentId, instanceId } = instance
    const delivery = await getAssignedConfiguration(this.#db, agentId, instanceId)
    const before = this.#posted.get(instanceId)
    const posted = before?.version === delivery.version ? before : { version: delivery.version, failures: 0, nextAt: 0 }
    if (now < posted.nextAt) return
    try {
      const isRefused = await this.#post(instance, delivery)
      this.#posted.set(instanceId, { ...posted, failures: 0, nextAt: Date.now() + (isRefused ? refusedMs : repeatMs) })
    } catch (error) {
      const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** posted.failures)
      this.#posted.set(instanceId, { ...posted, failures: posted.failures + 1, nextAt: Date.now() + waitMs })
      throw error
    }
  }

  /** Whether the receiver refused the settings. @throws Error if it did not answer, or not yet */
  async #post({ agentId, instanceId }: { agentId: string; instanceId: string }, delivery: Delivery): Promise<boolean> {
    const url = expandSettingsPath(this.#settings.url, agentId, instanceId)
    const { version } = delivery
    const body = JSON.stringify({ agentId, instanceId, version, values: delivery.values })
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': `${agentId}/${instanceId}/${version}`,
        ...createSignatureHeaders(this.#settings.secret, body),
      },
      body,
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    })
    const answer = parseJson(await readText(response))
    if (response.ok) {
      const confirmed = answerSchema.safeParse(answer)
      if (confirmed.success) await recordWebhookVersion(this.#db, { agentId, instanceId }, confirmed.data.version, Date.now())
      return false
    }
    if (response.status >= 500 || transientStatuses.includes(response.status) || response.status < 400)
      throw new Error(`The webhook of ${instanceId} returned ${response.status} for version ${version}; it will be retried.`)
    const { data } = refusalSchema.safeParse(answer)
    const reason = toCleanText(data?.reason ?? `its webhook returned ${response.status}`, 2_000)
    await recordRefusal(this.#db, { agentId, instanceId, version, reason })
    return true
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    // No answer to settings is that long.
    if (bytes > longestAnswer) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
