import { Command } from 'commander'
import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { withClient } from './with-client.ts'

export const rollbackCommand = new Command('rollback')
  .description('end a running trial, or take back a kept one: what was there before is put back and verified')
  .argument('<trial>')
  .action(async (trialId: string) => {
    await withClient(async (client) => {
      const { workflowId, result } = await client.rollBack(trialId)
      console.log(`${workflowId} puts back what was there before ${trialId}.`)
      await printRestoreResult(result)
    })
  })
