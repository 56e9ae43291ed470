import { describeSupersededSettings } from '../analysis/trials/supersession.ts'
import type { KnobValues } from '../model/knob.ts'
import type { Database } from '../store/database.ts'
import { listProvenVersions } from '../store/proven-versions.ts'

/** Sentences about those of these settings, written as a version of an agent, that a later version has replaced, by knob. */
export async function listSupersededSettings(
  db: Database,
  agentId: string,
  version: number,
  wanted: KnobValues,
): Promise<Map<string, string>> {
  const proven = (await listProvenVersions(db, agentId)).reverse()
  const sorted = Object.fromEntries(Object.entries(wanted).sort(([a], [b]) => a.localeCompare(b)))
  return describeSupersededSettings(sorted, proven.slice(proven.findIndex((each) => each.version === version) + 1))
}
