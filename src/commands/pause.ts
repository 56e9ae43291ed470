import { Command } from 'commander'
import { listOpenTrials } from '../store/trials.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const pauseCommand = new Command('pause')
  .description('start no more trials; running trials finish')
  .option('--reason <text>', 'reason for the audit trail', 'from the command line')
  .action(async ({ reason }) => {
    await withClient(async (client) => {
      await client.command({ type: 'pause' }, currentUser(), reason)
      const running = (await listOpenTrials(client.db)).map(({ id }) => id)
      console.log('Paused: no trial starts until you run npx optimizer resume.')
      if (running.length > 0) console.log(`Running trials will finish: ${running.join(', ')}.`)
    })
  })

export const resumeCommand = new Command('resume')
  .description('allow trials to start again')
  .option('--reason <text>', 'reason for the audit trail', 'from the command line')
  .action(async ({ reason }) => {
    await withClient(async (client) => {
      await client.command({ type: 'resume' }, currentUser(), reason)
      console.log('Resumed: trials may start again.')
    })
  })
