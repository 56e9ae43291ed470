import { Command } from 'commander'
import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { assignment, valuesOf } from './assignments.ts'
import { connected } from './connected.ts'
import { person } from './person.ts'

export const setCommand = new Command('set')
  .description('set knobs of an agent on every instance, untried and verified; a trial that runs on it ends')
  .argument('<agent>')
  .argument('<knob=value...>', 'the knobs to set; an order is written a,b,c', assignment)
  .action(async (agentId: string, set: Map<string, string>) => {
    await connected(async (client) => {
      const to = await valuesOf(client, agentId, set)
      const { workflowId, result } = await client.restore({ agentId, to, by: person() })
      console.log(`${workflowId} sets ${Object.keys(to).join(', ')} of ${agentId}.`)
      await printRestoreResult(result)
    })
  })
