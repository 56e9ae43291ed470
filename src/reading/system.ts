import { z } from 'zod'
import { systemProfileSchema } from '../model/profile.ts'
import { findLatestSystem } from '../store/snapshots.ts'
import type { ReadContext } from './context.ts'

export const systemViewSchema = systemProfileSchema.extend({ takenAt: z.date().describe('When the cycle took these readings') })
export type SystemView = z.infer<typeof systemViewSchema>

/** The host, the averages over the fleet, and the market, as the latest cycle saw them; null before the first. */
export async function readSystem({ db }: Pick<ReadContext, 'db'>): Promise<SystemView | null> {
  const latest = await findLatestSystem(db)
  return latest ? { ...latest.system, takenAt: latest.takenAt } : null
}
