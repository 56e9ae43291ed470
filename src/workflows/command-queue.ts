import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow'
import type { Command } from '../model/commands.ts'
import { quickActivities } from './activities.ts'

/** Each undoes the one before. */
const aboutFocus = new Set<Command['type']>(['focusOnAgent', 'clearFocus', 'optimizeSystemPerformance'])

/** Obeys commands once it is known that the agent they name exists; those about the focus in the order in which they are given. */
export class CommandQueue {
  private last: Promise<unknown> = Promise.resolve()

  /** @throws ApplicationFailure `unknown-agent` */
  async enqueue<T>(command: Command, obey: () => T | Promise<T>): Promise<T> {
    if (!aboutFocus.has(command.type)) return await obey()
    const given = this.last.then(async () => {
      if (command.type === 'focusOnAgent') await assertAgentExists(command.agentId)
      return await obey()
    })
    this.last = given.catch(() => undefined)
    return await given
  }
}

/** What the activity says is for whoever gave the command, without the layers around it. */
async function assertAgentExists(agentId: string): Promise<void> {
  try {
    await quickActivities.requireAgent({ agentId })
  } catch (error) {
    throw error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : error
  }
}
