import { Command } from 'commander'
import { listOpenTrials } from '../store/trials.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const abortCommand = new Command('abort')
  .description('the kill switch: put back every running trial at once and begin none until resume')
  .option('--reason <text>', 'for the audit trail and the record of every trial', 'from the command line')
  .option('--no-wait', 'return at once')
  .action(async ({ reason, wait }: { reason: string; wait: boolean }) => {
    await withClient(async (client) => {
      await client.command({ type: 'abort' }, currentUser(), reason)
      console.log('Paused: no trial begins until npx optimizer resume.')
      const running = await listOpenTrials(client.db)
      for (const { id, agentId } of running) console.log(`What was there before ${id} on ${agentId} is put back.`)
      if (!wait) return
      const rollBacks = await Promise.all(running.map(({ id }) => client.rollBack(id, currentUser(), reason)))
      for (const { result } of rollBacks) await result()
      console.log('No trial is running.')
    })
  })
