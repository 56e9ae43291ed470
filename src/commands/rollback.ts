import { Command } from 'commander'
import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const rollbackCommand = new Command('rollback')
  .description('end a running trial, or take back a kept one: what was there before is put back and verified')
  .argument('<trial>')
  .option('--why <text>', 'kept with the result', '')
  .action(async (trialId: string, { why }) => {
    await withClient(async (client) => {
      const { workflowId, result } = await client.rollBack(trialId, currentUser(), why)
      console.log(`${workflowId} puts back what was there before ${trialId}.`)
      await printRestoreResult(result)
    })
  })
