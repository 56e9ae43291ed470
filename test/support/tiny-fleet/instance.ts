import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { KnobValues } from '../../../src/agent/index.ts'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts'

const program = fileURLToPath(new URL('./agent.ts', import.meta.url))

export interface InstanceOptions {
  agentId: string
  instanceId: string
  natsUrl: string
  unitsASecond?: number
  clockAheadMs?: number
  /** Knobs that its release does not declare. */
  undeclared?: string[]
}

/** One process of a tiny agent, with a way of its own to NATS. */
export class TinyInstance {
  readonly id: string
  readonly agentId: string
  /** Between this instance and NATS. */
  readonly link: TcpProxy
  private readonly options: InstanceOptions
  private child!: ChildProcess
  private url!: string

  private constructor(options: InstanceOptions, link: TcpProxy) {
    this.id = options.instanceId
    this.agentId = options.agentId
    this.options = options
    this.link = link
  }

  /** Resolves once the instance serves its configuration. */
  static async start(options: InstanceOptions): Promise<TinyInstance> {
    const instance = new TinyInstance(options, await startTcpProxy(options.natsUrl))
    await instance.launch()
    return instance
  }

  /** The configuration that is really in force; the values of every `apply` and the number of units done since the process began. */
  async configuration(): Promise<{ version: number; values: KnobValues; applied: KnobValues[]; units: number }> {
    return (await (await fetch(this.url, { signal: AbortSignal.timeout(5_000) })).json()) as never
  }

  /** From now on the shortcut is slower than every other route. */
  async jam(): Promise<void> {
    await fetch(`${this.url}/jam`, { signal: AbortSignal.timeout(5_000) })
  }

  /** From now on every unit takes this whole number of times as long as usual. */
  async slowDown(factor: number): Promise<void> {
    await fetch(`${this.url}/slowness/${factor}`, { signal: AbortSignal.timeout(5_000) })
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exited
  }

  async launch(): Promise<void> {
    const { agentId, instanceId, unitsASecond = 30, clockAheadMs = 0, undeclared = [] } = this.options
    const env = {
      AGENT_ID: agentId,
      INSTANCE_ID: instanceId,
      UNITS_A_SECOND: String(unitsASecond),
      CLOCK_AHEAD_MS: String(clockAheadMs),
      UNDECLARED: undeclared.join(','),
      OPTIMIZER_URL: this.link.url,
    }
    this.child = spawn(process.execPath, [program], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // Ctrl-C reaches whoever runs the tests, who then stops the rest.
      detached: true,
    })
    const [message] = await once(this.child, 'message')
    this.url = (message as { url: string }).url
  }

  /** Ends as a program that is asked to, and is gone for good. */
  async terminate(): Promise<void> {
    const exited = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    await exited
    await this.link.cut()
  }

  pause(): void {
    this.child.kill('SIGSTOP')
  }

  resume(): void {
    this.child.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill()
    await this.link.cut()
  }
}
