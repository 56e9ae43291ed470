import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { findTrial, listOpenTrials } from '../store/trials.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const abortCommand = new Command('abort')
  .description('kill switch: roll back every running trial at once and start none until resume')
  .option('--reason <text>', 'reason for the audit trail and the record of every trial', 'from the command line')
  .option('--no-wait', 'return immediately')
  .action(async ({ reason, wait }: { reason: string; wait: boolean }) => {
    await withClient(async (client) => {
      await client.command({ type: 'abort' }, currentUser(), reason)
      console.log('Paused: no trial starts until you run npx optimizer resume.')
      for (const { id, agentId } of await listOpenTrials(client.db)) {
        console.log(`Rolling back ${id} on ${agentId}.`)
        while (wait && !(await findTrial(client.db, id))?.endedAt) await sleep(500)
      }
      if (wait) console.log('No trial is running.')
    })
  })
