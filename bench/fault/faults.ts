import type { World } from '../../examples/fleet/world.ts'

/** A service that becomes slow, and the agent that depends on it. */
export interface Fault {
  description: string
  agentId: string
  services: NonNullable<World['services']>
}

export const faults: Record<string, Fault> = {
  headlines: {
    description: 'Pages of headlines, which market-analyzer reads, take four times as long',
    agentId: 'market-analyzer',
    services: { headlines: { medianMs: 960 } },
  },
  prices: {
    description:
      'Prices, which intelligent-execution-agent looks up before it answers proposals of other agents, take a third of a second',
    agentId: 'intelligent-execution-agent',
    services: { prices: { medianMs: 330 } },
  },
}
export const faultNames = Object.keys(faults)
