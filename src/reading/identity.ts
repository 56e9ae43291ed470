import { z } from 'zod'
import { computeCreditedMinutes } from '../analysis/planning/expectation/cost-benefit.ts'
import { getAggressivenessSettings } from '../analysis/policy/aggressiveness.ts'
import { computeTraitFactor } from '../analysis/policy/traits.ts'
import type { Config } from '../config/config.ts'
import { pluralize } from '../model/format.ts'
import {
  defaultTraits,
  identitySchema,
  type PersonalityTraits,
  type TraitName,
  traitEffects,
  traitsSchema,
} from '../model/identity.ts'
import { defaultPolicy } from '../model/policy.ts'
import { loadRecordedPolicy } from '../store/policy-changes.ts'
import type { ReadContext } from './context.ts'

export const identityViewSchema = z.object({
  goals: identitySchema.shape.goals,
  traits: z.array(
    z.object({
      name: traitsSchema.keyof(),
      value: z.number().describe('The configured value, 0 to 100'),
      usual: z.number().describe('The default value, at which the trait changes nothing'),
      factor: z.number().describe('The factor that the trait applies to what it controls: 0 to 2, 1 at the default value'),
      effect: z.string().describe('What the trait decides'),
      now: z.string().describe('The effect of the trait on planning at the level of aggressiveness in force'),
      usually: z.string().describe('This effect at the default value of the trait'),
    }),
  ),
})
export type IdentityView = z.infer<typeof identityViewSchema>

/** The goals and traits of the optimizer, and what each trait does. @param aggressiveness the level in force */
export function readIdentity(
  { identity: { goals, traits } }: Pick<Config, 'identity'>,
  aggressiveness = defaultPolicy.aggressiveness,
): IdentityView {
  const names = Object.keys(defaultTraits) as TraitName[]
  return {
    goals,
    traits: names.map((name) => ({
      name,
      value: traits[name],
      usual: defaultTraits[name],
      factor: computeTraitFactor(traits, name),
      effect: traitEffects[name],
      now: describePlan[name](traits, aggressiveness),
      usually: describePlan[name](defaultTraits, aggressiveness),
    })),
  }
}

/** The same at the level of aggressiveness that is recorded. */
export async function readIdentityInForce({ db, config }: Pick<ReadContext, 'db' | 'config'>): Promise<IdentityView> {
  return readIdentity(config, (await loadRecordedPolicy(db)).aggressiveness)
}

const describeWeight = (traits: PersonalityTraits, name: TraitName) => {
  const weight = Number(computeTraitFactor(traits, name).toFixed(2))
  return weight === 1 ? 'such a metric counts like any other' : `such a metric counts ${weight} times as much as others`
}

/** The meaning of each trait for the plan. */
const describePlan: Readonly<Record<TraitName, (traits: PersonalityTraits, level: number) => string>> = {
  analytical: (traits, level) =>
    `a trial needs ${pluralize(getAggressivenessSettings(level, traits).evidence, 'recent execution')}`,
  systematic: (traits, level) =>
    `a trial turns at most ${pluralize(getAggressivenessSettings(level, traits).bundleSize, 'knob')}`,
  optimization: (traits) => `a gain is counted over ${Number(computeCreditedMinutes(traits).toFixed(1))} min`,
  efficiency: (traits) => describeWeight(traits, 'efficiency'),
  coordination: (traits) => describeWeight(traits, 'coordination'),
}
