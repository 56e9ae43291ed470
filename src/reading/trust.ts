import { z } from 'zod'
import { needsApproval } from '../analysis/eligibility/index.ts'
import { initialAutonomy } from '../analysis/policy/autonomy.ts'
import { riskSchema } from '../model/knob.ts'
import { type Policy, policySchema } from '../model/policy.ts'
import type { RecordedPolicyChange } from '../model/records.ts'

export const trustSchema = z.object({
  autonomy: z
    .array(
      z.object({
        kind: z
          .string()
          .nullable()
          .describe('A kind of agent; null for all other kinds, such as kinds on which nothing has been tried yet'),
        autonomy: policySchema.shape.autonomy,
        needsApproval: z.array(riskSchema).describe('The risks of changes that need approval for agents of this kind'),
      }),
    )
    .describe(
      "How far the optimizer's changes are trusted, by kind of agent: the share that proved right, starting at 0.80; with many kinds, only the least trusted",
    ),
  reputation: z
    .object({
      value: policySchema.shape.reputation,
      since: z
        .date()
        .nullable()
        .describe(
          'Since when the reputation has this value; null if it is the default, in which case the next two fields are null, too',
        ),
      by: z.string().nullable(),
      why: z.string().nullable(),
    })
    .describe("The strategic orchestrator's trust in the optimizer, from its latest answer to a report"),
})
export type Trust = z.infer<typeof trustSchema>

/** The meaning of the autonomy for each kind of agent, and where the reputation comes from. @param changes the newest of each field */
export function explainTrust({ autonomyByKind, reputation }: Policy, changes: readonly RecordedPolicyChange[]): Trust {
  const of = (kind: string | null, autonomy: number) => ({
    kind,
    autonomy,
    needsApproval: riskSchema.options.filter((risk) => needsApproval(risk, autonomy)),
  })
  const kinds = Object.entries(autonomyByKind).toSorted(([a], [b]) => a.localeCompare(b))
  const { changedAt = null, changedBy = null, reason = null } = changes.find(({ field }) => field === 'reputation') ?? {}
  return {
    autonomy: [...kinds.map(([kind, autonomy]) => of(kind, autonomy)), of(null, initialAutonomy)],
    reputation: { value: reputation, since: changedAt, by: changedBy, why: reason },
  }
}
