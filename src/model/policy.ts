import { z } from 'zod'
import { nameSchema } from './name.ts'

export const autonomySchema = z.number().min(0).max(0.95)
export const autonomyByKindSchema = z.record(nameSchema, autonomySchema)

/** A level of aggressiveness. */
export const aggressivenessSchema = z.int().min(1).max(5)

/** The optimizer's policy: held by the `optimizer` workflow, read by every cycle. */
export const policySchema = z.object({
  /** 1 (timid) to 5 (bold); `analysis/policy/aggressiveness.ts` defines each level. */
  aggressiveness: aggressivenessSchema.default(3),
  /** The level that operators requested; the optimizer's own adaptation stays within one level of it. */
  aggressivenessAsked: aggressivenessSchema.default(3),
  /** Only this agent is optimized; null is the whole fleet. */
  focus: nameSchema.nullable().default(null),
  /** `reduce` prefers changes that need fewer resources. */
  resourceMode: z.enum(['normal', 'reduce']).default('normal'),
  /** How far the optimizer's changes are trusted (B11), across all kinds of agents; the formula is in `analysis/policy/autonomy.ts`. */
  autonomy: autonomySchema.default(0.8),
  /** The same by kind of agent, which decides what needs a person's approval: the least trusted kinds, as far as they differ from 0.80. */
  autonomyByKind: autonomyByKindSchema.default({}),
  /** The optimizer's standing with the strategic orchestrator (B15). */
  reputation: z.number().min(0).max(1).default(0.7),
  paused: z.boolean().default(false),
})
export type Policy = z.infer<typeof policySchema>
export const defaultPolicy: Policy = policySchema.parse({})

const fields = policySchema.shape

/** The fields by their names for people. */
export const policyLabels: Readonly<Record<string, string>> = {
  aggressiveness: 'aggressiveness',
  aggressivenessAsked: 'requested aggressiveness',
  focus: 'focus',
  resourceMode: 'resources',
  autonomy: 'autonomy',
  autonomyByKind: 'autonomy by kind',
  reputation: 'reputation',
  paused: 'paused',
} satisfies Record<keyof Policy, string>

/** "0.86", "yes", "market-hunter 0.90", "the whole fleet": the value of a field for people. */
export function formatPolicyValue(field: string, value: unknown): string {
  if (field === 'focus') return typeof value === 'string' ? value : 'the whole fleet'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (field === 'autonomy' || field === 'reputation') return Number(value).toFixed(2)
  if (typeof value !== 'object' || value === null) return String(value)
  const levels = Object.entries(value).map(([kind, level]) => `${kind} ${Number(level).toFixed(2)}`)
  return levels.join(', ') || 'none'
}

/** The policy from values by field; a field without a valid value has its default. */
export function buildPolicy(values: Partial<Record<string, unknown>>): Policy {
  const understood = Object.entries(fields).filter(([field, schema]) => schema.safeParse(values[field]).success)
  return policySchema.parse(Object.fromEntries(understood.map(([field]) => [field, values[field]])))
}

/** "0.86 (market-hunter 0.90)", with the kinds of agents for which it differs. */
export function formatAutonomy({ autonomy, autonomyByKind }: Policy): string {
  const kinds = Object.entries(autonomyByKind).filter(([, level]) => level !== autonomy)
  const text = kinds.map(([kind, level]) => `${kind} ${level.toFixed(2)}`).join(', ')
  return `${autonomy.toFixed(2)}${text && ` (${text})`}`
}
