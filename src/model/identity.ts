/** The identity of the optimizer (document 000): its purpose, and how it pursues it. */
import { z } from 'zod'

/** The traits with their documented values; each field of `traitEffects` says what one does. */
export const defaultTraits = { analytical: 95, systematic: 90, optimization: 95, efficiency: 85, coordination: 80 } as const
export type TraitName = keyof typeof defaultTraits
/** Each from 0 to 100. */
export type PersonalityTraits = Readonly<Record<TraitName, number>>

/** The effect of each trait. */
export const traitEffects: Readonly<Record<TraitName, string>> = {
  analytical: 'evidence required: the recent executions that a trial needs to start',
  systematic: 'trials per change: the higher, the fewer knobs a trial turns',
  optimization: 'appetite: how much a gain counts compared with the harm that its trial may do',
  efficiency: 'weight of the cost of a decision: money, tokens, CPU time, memory',
  coordination: 'weight of metrics between agents: negotiations, conflicts, messages',
}

const traitSchema = (name: TraitName) =>
  z.number().min(0).max(100).default(defaultTraits[name]).describe(capitalize(traitEffects[name]))
const capitalize = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
const goalSchema = z.string().min(1).max(200)
const goalsSchema = (goals: string[]) => z.array(goalSchema).max(20).default(goals)

export const traitsSchema = z.strictObject({
  analytical: traitSchema('analytical'),
  systematic: traitSchema('systematic'),
  optimization: traitSchema('optimization'),
  efficiency: traitSchema('efficiency'),
  coordination: traitSchema('coordination'),
})

export const identitySchema = z.strictObject({
  goals: z
    .strictObject({
      primary: goalSchema.default('Maximize system-wide performance and efficiency').describe('The purpose of the optimizer'),
      secondary: goalsSchema(['Optimize resource allocation', 'Improve agent coordination', 'Enhance decision quality']).describe(
        'What that requires',
      ),
      tactical: goalsSchema(['Monitor system metrics', 'Identify bottlenecks', 'Implement optimizations']).describe(
        'What the optimizer does to achieve that',
      ),
    })
    .prefault({})
    .describe('The goals, in words'),
  traits: traitsSchema.prefault({}).describe('How the optimizer pursues its goals; each trait from 0 to 100'),
})
export type Identity = z.infer<typeof identitySchema>
