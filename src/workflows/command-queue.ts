import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow'
import type { Command } from '../model/commands.ts'
import { quickActivities } from './activities.ts'

/** Each of these overrides the previous one. */
const aboutFocus = new Set<Command['type']>(['focusOnAgent', 'clearFocus', 'optimizeSystemPerformance'])

/** Executes commands once the agent they name is known to exist; those about the focus in the order in which they were given. */
export class CommandQueue {
  private last: Promise<unknown> = Promise.resolve()

  /** @throws ApplicationFailure `unknown-agent` */
  async enqueue<T>(command: Command, execute: () => T | Promise<T>): Promise<T> {
    if (!aboutFocus.has(command.type)) return await execute()
    const given = this.last.then(async () => {
      if (command.type === 'focusOnAgent') await assertAgentExists(command.agentId)
      return await execute()
    })
    this.last = given.catch(() => undefined)
    return await given
  }
}

async function assertAgentExists(agentId: string): Promise<void> {
  await quickActivities.requireAgent({ agentId }).catch(rethrowCause)
}

/** Rethrows the failure of an activity without the wrapper, because its message is for the person who gave the command. */
export function rethrowCause(error: unknown): never {
  throw error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : error
}
