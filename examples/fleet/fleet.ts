/** The agents of the fleet. */
export const agents = [
  { kind: 'market-hunter', instances: 3 },
  { kind: 'market-analyzer', instances: 2 },
  { kind: 'intelligent-execution-agent', instances: 2 },
  { kind: 'narrative-architect', instances: 1 },
  { kind: 'strategic-orchestrator', instances: 1 },
  { kind: 'research-assistant', instances: 2 },
] as const

/** Units of work per second for each instance. */
export const loadPerSecond: Record<(typeof agents)[number]['kind'], number> = {
  'market-hunter': 1.5,
  'market-analyzer': 1.2,
  'intelligent-execution-agent': 1.2,
  'narrative-architect': 1.2,
  'strategic-orchestrator': 1.2,
  'research-assistant': 1.2,
}
