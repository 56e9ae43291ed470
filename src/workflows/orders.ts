import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow'
import type { Command } from '../model/commands.ts'
import { quick } from './activities.ts'

/** Each undoes the one before. */
const aboutFocus = new Set<Command['type']>(['focusOnAgent', 'clearFocus', 'optimizeSystemPerformance'])

/** Obeys commands once it is known that the agent they name exists; those about the focus in the order in which they are given. */
export class Orders {
  private last: Promise<unknown> = Promise.resolve()

  /** @throws ApplicationFailure `unknown-agent` */
  async give<T>(command: Command, obey: () => T | Promise<T>): Promise<T> {
    if (!aboutFocus.has(command.type)) return await obey()
    const given = this.last.then(async () => {
      if (command.type === 'focusOnAgent') await requireAgent(command.agentId)
      return await obey()
    })
    this.last = given.catch(() => undefined)
    return await given
  }
}

/** What the activity says is for whoever gave the command, without the layers around it. */
async function requireAgent(agentId: string): Promise<void> {
  try {
    await quick.requireAgent({ agentId })
  } catch (error) {
    throw error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : error
  }
}
