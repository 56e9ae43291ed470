import { tryReadLimits } from '../config/limits.ts'
import { formatChanges, joinWithAnd } from '../model/format.ts'
import { ruleAppliesTo } from '../model/limits.ts'
import { findAgent } from '../store/agents.ts'
import { listRunningChanges } from '../store/running-changes.ts'
import type { ReadContext } from './context.ts'

/** Called before values are set on an agent; the function that it returns is called afterwards, for sentences about side effects. */
export async function prepareSideEffectNotes(
  { db, config }: Pick<ReadContext, 'db' | 'config'>,
  agentId: string,
  knobs: readonly string[],
): Promise<() => Promise<string[]>> {
  const [agent, before] = await Promise.all([findAgent(db, agentId), listRunningChanges(db, [agentId])])
  const limits = tryReadLimits(config)
  const rules =
    agent && typeof limits !== 'string'
      ? limits.neverTouch.filter((rule) => ruleAppliesTo(rule, { agentId, kind: agent.kind }))
      : []
  const forbidden = knobs.filter((name) => rules.some(({ knob }) => knob === undefined || knob === name))
  return async () => {
    const running = await listRunningChanges(db, [agentId])
    const ended = before.filter(({ id }) => !running.some((trial) => trial.id === id))
    return [
      ...ended.map(({ id, strategy }) => `This ended the trial ${id} (${formatChanges(strategy.actions)}).`),
      ...(forbidden.length > 0
        ? [`The limits do not allow the optimizer to change ${joinWithAnd([...forbidden])}, but people may.`]
        : []),
    ]
  }
}
