import { formatAssignments } from '../../../model/format.ts'
import { isSameValue } from '../../../model/knob.ts'
import { determineStage } from './stage.ts'
import type { TrialFacts } from './trial-facts.ts'

export interface UndoInstructions {
  /** Null if there is nothing to undo. */
  command: string | null
  sentences: string[]
}

export function explainUndo(facts: TrialFacts): UndoInstructions {
  const { strategy, current } = facts
  const { id, agentId, actions } = strategy
  const rollback = `npx optimizer rollback ${id}`
  const again = `npx optimizer try ${agentId} --set ${formatAssignments(actions.map(({ knob, to }) => ({ knob, value: to })))}`
  const verified = 'restores the previous values on every instance and verifies them; anything a person has set since stays'
  switch (determineStage(facts)) {
    case 'waiting': {
      const command = `npx optimizer decline ${id}`
      return { command, sentences: [`Nothing has been changed; ${command} declines it.`] }
    }
    case 'approved':
      return { command: rollback, sentences: [`Nothing has been changed; ${rollback} cancels it.`] }
    case 'running':
      return { command: rollback, sentences: [`${rollback} ends it and ${verified}.`] }
    case 'kept':
      return { command: rollback, sentences: [`${rollback} ${verified}.`] }
    case 'superseded':
    case 'overridden': {
      const left = actions.filter(({ knob, to }) => isSameValue(current.values[knob], to))
      const since = `Some of it has been changed since; npx optimizer restore ${agentId} lists the configurations by time.`
      return left.length > 0
        ? { command: rollback, sentences: [since, `For the rest, ${rollback} ${verified}.`] }
        : {
            command: null,
            sentences: [`None of it is in force any more; npx optimizer restore ${agentId} lists the configurations by time.`],
          }
    }
    case 'restoring':
      return {
        command: null,
        sentences: [
          'It is being rolled back.',
          `If a separate restore is waiting for unreachable instances, npx optimizer give-up ${id} --reason "…" ends the wait.`,
        ],
      }
    case 'forgotten':
      return {
        command: rollback,
        sentences: [`${agentId} was forgotten. If it comes back, so do its settings, unless you run ${rollback} first.`],
      }
    case 'restored':
    case 'undone':
      return { command: null, sentences: ['There is nothing to undo: it was rolled back.', `To try it again: ${again}`] }
    default:
      return { command: null, sentences: ['There is nothing to undo: nothing was changed.', `To try it anyway: ${again}`] }
  }
}
