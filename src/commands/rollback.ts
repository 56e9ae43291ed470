import { Command } from 'commander'
import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { withClient } from './with-client.ts'

export const rollbackCommand = new Command('rollback')
  .description('end a running trial or undo a kept one: the previous configuration is restored and verified')
  .argument('<trial>')
  .action(async (trialId: string) => {
    await withClient(async (client) => {
      const { workflowId, result } = await client.rollBack(trialId)
      console.log(`${workflowId} is restoring the configuration from before ${trialId}.`)
      await printRestoreResult(result)
    })
  })
