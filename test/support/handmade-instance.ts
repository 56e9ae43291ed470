import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { getDefaultValues, type KnobInput, type KnobValues, knobSchema } from '../../src/model/knob.ts'

const everyMs = 300

/** An instance of an agent that speaks the protocol over HTTP by itself, and in which something may override the delivered values. */
export class HandmadeInstance {
  /** Whatever is delivered, these values are in force. */
  override: KnobValues = {}
  /** How often it was asked to apply its version again. */
  told = 0
  readonly id: string
  private readonly url: string
  private readonly agentId: string
  private readonly knobs: KnobInput[]
  private delivered: { version: number; values: KnobValues }
  private isStopped = false

  private constructor(url: string, agentId: string, id: string, knobs: KnobInput[]) {
    this.url = url
    this.agentId = agentId
    this.id = id
    this.knobs = knobs
    this.delivered = { version: 1, values: getDefaultValues(knobs.map((knob) => knobSchema.parse(knob))) }
  }

  /** Resolves once it is announced. */
  static async start(url: string, agentId: string, id: string, knobs: KnobInput[]): Promise<HandmadeInstance> {
    const instance = new HandmadeInstance(url, agentId, id, knobs)
    await instance.announce()
    void instance.live()
    return instance
  }

  get inForce(): { version: number; values: KnobValues } {
    const { version, values } = this.delivered
    return { version, values: { ...values, ...this.override } }
  }

  stop(): void {
    this.isStopped = true
  }

  private async announce(): Promise<void> {
    await this.apply(await this.call('announce', { kind: 'handmade', transport: 'http', knobs: this.knobs, sentAt: Date.now() }))
  }

  private async live(): Promise<void> {
    for (; !this.isStopped; await sleep(everyMs)) await this.beat().catch(() => undefined)
  }

  private async beat(): Promise<void> {
    const { assignedVersion, drifted } = await this.call('heartbeat', { ...this.inForce, sentAt: Date.now() })
    if (drifted) this.told++
    if (drifted || assignedVersion !== this.delivered.version) await this.apply(await this.call('configuration'))
    const execution = {
      id: randomUUID(),
      at: Date.now(),
      type: 'unit',
      durationMs: 1,
      success: true,
      version: this.inForce.version,
    }
    await this.call('report', { batchId: randomUUID(), executions: [execution], sentAt: Date.now() })
  }

  private async apply(delivery: { version: number; values: KnobValues }): Promise<void> {
    this.delivered = delivery
    await this.call('acknowledge', { version: delivery.version, status: 'applied', inForce: this.inForce })
  }

  private async call(name: string, body?: object) {
    const identity = { agentId: this.agentId, instanceId: this.id }
    const path = body ? name : `${this.agentId}/instances/${this.id}/configuration`
    const headers = { 'content-type': 'application/json' }
    const init = body && { method: 'POST', headers, body: JSON.stringify({ ...identity, ...body }) }
    return (await (await fetch(`${this.url}/agents/${path}`, init)).json()) as never as {
      version: number
      values: KnobValues
      assignedVersion: number
      drifted: boolean
    }
  }
}
