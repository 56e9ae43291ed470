/** Knobs that take effect only when an instance restarts. */
import { z } from 'zod'
import { isSameValue, type Knob, type KnobValues } from './knob.ts'
import { nameSchema } from './name.ts'
import type { Strategy } from './strategy.ts'

/** The names of the knobs that take effect only on a restart, among those whose values differ. */
export function findRestartKnobs(knobs: readonly Knob[], from: KnobValues, to: KnobValues): string[] {
  return knobs.filter(({ name, applies }) => applies === 'restart' && !isSameValue(from[name], to[name])).map(({ name }) => name)
}

/** A strategy that says so if one of its knobs takes effect only on a restart. */
export function markRestarts(strategy: Strategy, knobs: readonly Knob[]): Strategy {
  const isRestarting = strategy.actions.some(({ knob }) =>
    knobs.some(({ name, applies }) => name === knob && applies === 'restart'),
  )
  return isRestarting ? { ...strategy, restarts: true } : strategy
}

export const restartCommandsSchema = z
  .array(
    z.strictObject({
      agentId: nameSchema.describe('The agent whose instances the command restarts'),
      command: z
        .array(z.string().max(1_000))
        .min(1, 'name a program')
        .refine(
          (command) => command.some((part) => part.includes('{instanceId}')),
          'must contain {instanceId}, because instances are restarted one at a time',
        )
        .describe(
          'The program and its arguments, without a shell; `{agentId}` and `{instanceId}` are replaced with the ids of the agent and the instance',
        ),
    }),
  )
  .refine(
    (entries) => new Set(entries.map(({ agentId }) => agentId)).size === entries.length,
    'has two commands for one agent; keep only one for each agent',
  )
export type RestartCommand = z.infer<typeof restartCommandsSchema>[number]

/** The command for one instance. Ids are names, so they cannot add further arguments. */
export const expandRestartCommand = ({ command }: RestartCommand, agentId: string, instanceId: string): string[] =>
  command.map((part) => part.replaceAll('{agentId}', agentId).replaceAll('{instanceId}', instanceId))
