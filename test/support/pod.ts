/** Instances of agents inside this process: real sessions, which are cheap even in large numbers. */
import { type Agent, type AgentOptions, connectAgent, type KnobInput } from '../../src/agent/index.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const knobs: KnobInput[] = [
  {
    name: 'rounds',
    type: 'int',
    min: 1,
    max: 64,
    default: 8,
    purpose: 'computation',
    affects: [{ metric: 'responseTime', improves: 'decrease' }],
    risk: 'high',
  },
  { name: 'padding', type: 'int', min: 0, max: 100, default: 0, purpose: 'caching' },
]

export class Pod {
  readonly id: string
  readonly agent: Agent
  private readonly link: TcpProxy
  private isCut = false

  private constructor(agent: Agent, id: string, link: TcpProxy) {
    this.agent = agent
    this.id = id
    this.link = link
  }

  static async start(natsUrl: string, identity: Pick<AgentOptions, 'agentId' | 'instanceId'>): Promise<Pod> {
    const link = await startTcpProxy(natsUrl)
    const agent = await connectAgent({ kind: 'pod', heartbeatMs: 500, knobs, optimizer: link.url, ...identity })
    return new Pod(agent, identity.instanceId, link)
  }

  /** Dies without a word. */
  async die(): Promise<void> {
    if (this.isCut) return
    this.isCut = true
    await this.link.cut()
    await this.agent.close(0)
  }

  /** Stops as a program that is asked to. */
  async stop(): Promise<void> {
    if (this.isCut) return
    await this.agent.close()
    this.isCut = true
    await this.link.cut()
  }
}
