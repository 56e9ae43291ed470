import type { Database } from './database.ts'

/** No cooldown lasts longer than a day. */
const rememberedMs = 2 * 86_400_000

/** Records that a person lets a knob, or all knobs of an agent, be tried again. */
export async function recordRelease(
  db: Database,
  { agentId, knob, by, reason }: { agentId: string; knob: string | null; by: string; reason: string },
): Promise<void> {
  await db.insertInto('releases').values({ agentId, knob, releasedBy: by, reason }).execute()
}

/** The releases that may still count, by agent; `at` in milliseconds since the epoch. @param now milliseconds since the epoch */
export async function loadReleases(db: Database, now: number): Promise<Record<string, { knob: string | null; at: number }[]>> {
  const rows = await db
    .selectFrom('releases')
    .where('releasedAt', '>', new Date(now - rememberedMs))
    .orderBy('id')
    .select(['agentId', 'knob', 'releasedAt'])
    .execute()
  const byAgent = Map.groupBy(rows, ({ agentId }) => agentId)
  return Object.fromEntries(
    [...byAgent].map(([agentId, ofAgent]) => [
      agentId,
      ofAgent.map(({ knob, releasedAt }) => ({ knob, at: releasedAt.getTime() })),
    ]),
  )
}
