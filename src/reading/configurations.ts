import { z } from 'zod'
import type { KnobValues } from '../model/knob.ts'
import { recordedVersionSchema } from '../model/records.ts'
import { listConfiguredAgents, requireAgent } from '../store/agents.ts'
import { listProvenVersions } from '../store/proven-versions.ts'
import type { ReadingContext } from './context.ts'

export const versionViewSchema = recordedVersionSchema.omit({ createdAt: true }).extend({
  since: z.date().describe('When it came into force'),
  restoresVersion: z.int().nullable().describe('The version whose values it restores; null if it is not a restore'),
})
export type VersionView = z.infer<typeof versionViewSchema>

/** The configurations that were in force on an agent, since when and why, newest first. @throws OptimizerError `unknown-agent` */
export async function readConfigurations({ db }: ReadingContext, agentId: string): Promise<VersionView[]> {
  await requireAgent(db, agentId)
  return await listProvenVersions(db, agentId)
}

export type ConfigurationsByAgent = Record<string, KnobValues>

/** The proven configuration of every agent. */
export async function readCurrentConfigurations({ db }: ReadingContext): Promise<ConfigurationsByAgent> {
  return Object.fromEntries((await listConfiguredAgents(db)).map(({ agentId, values }) => [agentId, values]))
}
