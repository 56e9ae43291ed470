import { isSameValue, type KnobValue, type KnobValues } from '../model/knob.ts'
import { listAgentsWithConfiguration, requireAgent } from '../store/agents.ts'
import { listProvenVersions, type ProvenVersion } from '../store/proven-versions.ts'
import type { ReadContext } from './context.ts'

/** A setting that differs from the one that the agent started with. */
export interface KeptChange {
  knob: string
  from: KnobValue | undefined
  to: KnobValue
  since: Date
  trialId: string | null
  /** Why it was changed, and by whom if by a person. */
  reason: string
}

export interface ExportedAgent {
  agentId: string
  version: number
  /** The values in force, without those that are only being tried. */
  values: KnobValues
  changes: KeptChange[]
}

/** The settings in force, and what was changed since each agent was first known, of all agents or of one. @throws OptimizerError `unknown-agent` */
export async function readExport({ db }: Pick<ReadContext, 'db'>, agentId?: string): Promise<ExportedAgent[]> {
  if (agentId !== undefined) await requireAgent(db, agentId)
  const agents = (await listAgentsWithConfiguration(db)).filter((agent) => agentId === undefined || agent.agentId === agentId)
  const exported: ExportedAgent[] = []
  for (const { agentId, version, values } of agents)
    exported.push({ agentId, version, values, changes: listKeptChanges(await listProvenVersions(db, agentId)) })
  return exported
}

/** The settings that differ from those of the first version, each with the version that it has its value from. @param versions newest first */
export function listKeptChanges(
  versions: readonly Omit<ProvenVersion, 'version' | 'origin' | 'requestId' | 'restoresVersion'>[],
): KeptChange[] {
  const [newest, first] = [versions[0], versions.at(-1)]
  return Object.entries(newest?.values ?? {}).flatMap(([knob, to]) => {
    const from = first!.values[knob]
    if (from !== undefined && isSameValue(from, to)) return []
    const older = versions.findIndex(({ values }) => values[knob] === undefined || !isSameValue(values[knob], to))
    const { since, trialId, reason } = versions[older === -1 ? versions.length - 1 : older - 1]!
    return { knob, from, to, since, trialId, reason }
  })
}
