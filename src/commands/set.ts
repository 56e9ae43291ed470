import { Command } from 'commander'
import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { collectAssignment, parseAssignments } from './assignments.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const setCommand = new Command('set')
  .description('set knobs of an agent on every instance, without a trial, and verify them; ends a running trial on it')
  .argument('<agent>')
  .argument('<knob=value...>', 'the knobs to set; write an order as a,b,c', collectAssignment)
  .action(async (agentId: string, set: Map<string, string>) => {
    await withClient(async (client) => {
      const to = await parseAssignments(client, agentId, set)
      const { workflowId, result } = await client.restore({ agentId, to, by: currentUser() })
      console.log(`${workflowId} is setting ${Object.keys(to).join(', ')} of ${agentId}.`)
      await printRestoreResult(result)
    })
  })
