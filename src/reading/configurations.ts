import { z } from 'zod'
import type { KnobValues } from '../model/knob.ts'
import { recordedVersionSchema } from '../model/records.ts'
import { listAgentsWithConfiguration, requireAgent } from '../store/agents.ts'
import { countProvenVersions, listProvenVersions } from '../store/proven-versions.ts'
import type { StoredContext } from './context.ts'
import { type Page, readPage } from './list-extent.ts'

export const versionViewSchema = recordedVersionSchema.omit({ createdAt: true }).extend({
  since: z.date().describe('When this version came into force'),
  requestId: z
    .string()
    .nullable()
    .describe("The person's request that set this version; null if it came from a trial or a release of the agent"),
  restoresVersion: z.int().nullable().describe('The version whose values this one restores; null if it restores none'),
})
export type VersionView = z.infer<typeof versionViewSchema>

/** The configurations of an agent: when and why each came into force, newest first. @throws OptimizerError `unknown-agent` */
export async function readConfigurations({ db }: StoredContext, agentId: string, limit = 100): Promise<Page<VersionView>> {
  await requireAgent(db, agentId)
  return await readPage(listProvenVersions(db, agentId, limit), countProvenVersions(db, agentId))
}

export type ConfigurationsByAgent = Record<string, KnobValues>

/** The proven configuration of every agent. */
export async function readCurrentConfigurations({ db }: StoredContext): Promise<ConfigurationsByAgent> {
  return Object.fromEntries((await listAgentsWithConfiguration(db)).map(({ agentId, values }) => [agentId, values]))
}
