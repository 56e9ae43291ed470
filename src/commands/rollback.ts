import { Command } from 'commander'
import { connected } from './connected.ts'

export const rollbackCommand = new Command('rollback')
  .description('end a running trial, or take back a kept one: what was there before is put back and verified')
  .argument('<trial>')
  .action(async (trialId: string) => {
    await connected(async (client) => {
      const rollback = await client.rollBack(trialId)
      console.log(`${rollback.workflowId} puts back what was there before ${trialId}.`)
      const { restored } = await rollback.result()
      console.log(restored ? 'Done and verified.' : `${trialId} was never applied, so there was nothing to put back.`)
    })
  })
