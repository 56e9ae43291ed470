import { z } from 'zod'
import { computeTraitFactor } from '../analysis/policy/traits.ts'
import type { Config } from '../config/config.ts'
import { defaultTraits, identitySchema, type TraitName, traitEffects, traitsSchema } from '../model/identity.ts'

export const identityViewSchema = z.object({
  goals: identitySchema.shape.goals,
  traits: z.array(
    z.object({
      name: traitsSchema.keyof(),
      value: z.number().describe('0 to 100, as configured'),
      usual: z.number().describe('The value at which it changes nothing'),
      factor: z.number().describe('What it multiplies: 0 to 2, 1 at the usual value'),
      effect: z.string(),
    }),
  ),
})
export type IdentityView = z.infer<typeof identityViewSchema>

/** The goals and traits of the optimizer, and what each trait does. */
export function readIdentity({ identity: { goals, traits } }: Pick<Config, 'identity'>): IdentityView {
  const names = Object.keys(defaultTraits) as TraitName[]
  return {
    goals,
    traits: names.map((name) => ({
      name,
      value: traits[name],
      usual: defaultTraits[name],
      factor: computeTraitFactor(traits, name),
      effect: traitEffects[name],
    })),
  }
}
