import { Command } from 'commander'
import { listOpenTrials } from '../store/trials.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const pauseCommand = new Command('pause')
  .description('begin no further trial; those that run go on to their end')
  .option('--reason <text>', 'for the audit trail', 'from the command line')
  .action(async ({ reason }) => {
    await withClient(async (client) => {
      await client.command({ type: 'pause' }, currentUser(), reason)
      const running = (await listOpenTrials(client.db)).map(({ id }) => id)
      console.log('Paused: no trial begins until npx optimizer resume.')
      if (running.length > 0) console.log(`These go on to their end: ${running.join(', ')}.`)
    })
  })

export const resumeCommand = new Command('resume')
  .description('let trials begin again')
  .option('--reason <text>', 'for the audit trail', 'from the command line')
  .action(async ({ reason }) => {
    await withClient(async (client) => {
      await client.command({ type: 'resume' }, currentUser(), reason)
      console.log('Trials begin again.')
    })
  })
