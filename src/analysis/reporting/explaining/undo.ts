import { formatAssignments } from '../../../model/format.ts'
import { isSameValue } from '../../../model/knob.ts'
import { determineStage } from './stage.ts'
import type { TrialFacts } from './trial-facts.ts'

export interface UndoInstructions {
  /** Null where there is nothing to undo. */
  command: string | null
  sentences: string[]
}

export function explainUndo(facts: TrialFacts): UndoInstructions {
  const { strategy, current } = facts
  const { id, agentId, actions } = strategy
  const rollback = `npx optimizer rollback ${id}`
  const again = `npx optimizer try ${agentId} --set ${formatAssignments(actions.map(({ knob, to }) => ({ knob, value: to })))}`
  const verified = 'puts back what was there before on every instance, verified; what a person has set since stays'
  switch (determineStage(facts)) {
    case 'waiting': {
      const command = `npx optimizer decline ${id}`
      return { command, sentences: [`Nothing has been touched; ${command} says that nothing shall be.`] }
    }
    case 'approved':
      return { command: rollback, sentences: [`Nothing has been touched; ${rollback} says that nothing shall be.`] }
    case 'running':
      return { command: rollback, sentences: [`${rollback} ends it and ${verified}.`] }
    case 'kept':
      return { command: rollback, sentences: [`${rollback} ${verified}.`] }
    case 'superseded': {
      const left = actions.filter(({ knob, to }) => isSameValue(current.values[knob], to))
      const since = `Some of it was set otherwise since; npx optimizer restore ${agentId} lists what was in force when.`
      return left.length > 0
        ? { command: rollback, sentences: [since, `For the rest, ${rollback} ${verified}.`] }
        : {
            command: null,
            sentences: [`Nothing of it is in force any more; npx optimizer restore ${agentId} lists what was when.`],
          }
    }
    case 'restoring':
      return {
        command: null,
        sentences: [
          'It is being undone; an instance that cannot be reached is waited for.',
          `npx optimizer give-up ${id} --reason "…" ends the waiting.`,
        ],
      }
    case 'restored':
      return { command: null, sentences: ['There is nothing to undo: it was put back.', `To try it again: ${again}`] }
    default:
      return { command: null, sentences: ['There is nothing to undo: nothing was changed.', `To try it all the same: ${again}`] }
  }
}
