import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { listOpenTrials, findTrial as readTrial } from '../store/trials.ts'
import { connected } from './connected.ts'
import { person } from './person.ts'

export const abortCommand = new Command('abort')
  .description('the kill switch: put back every running trial at once and begin none until resume')
  .option('--reason <text>', 'for the audit trail and the record of every trial', 'from the command line')
  .option('--no-wait', 'return at once')
  .action(async ({ reason, wait }: { reason: string; wait: boolean }) => {
    await connected(async (client) => {
      await client.command({ type: 'abort' }, person(), reason)
      console.log('Paused: no trial begins until npx optimizer resume.')
      for (const { id, agentId } of await listOpenTrials(client.db)) {
        console.log(`What was there before ${id} on ${agentId} is put back.`)
        while (wait && !(await readTrial(client.db, id))?.endedAt) await sleep(500)
      }
      if (wait) console.log('No trial is running.')
    })
  })
