import { Command } from 'commander'
import { describeImprovement } from '../model/format.ts'
import { findStrategy } from '../store/strategies.ts'
import { collectAssignment, parseAssignments } from './assignments.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const tryCommand = new Command('try')
  .description('try your own change under the same judge: kept if proven, rolled back if not')
  .argument('<agent>')
  .requiredOption('--set <knob=value...>', 'the knobs to set; write an order as a,b,c', collectAssignment)
  .option('--no-wait', 'return immediately')
  .option('--json', 'print JSON')
  .action(async (agentId: string, { set, wait, json }: { set: Map<string, string>; wait: boolean; json?: boolean }) => {
    await withClient(async (client) => {
      const trial = await client.tryChange(agentId, await parseAssignments(client, agentId, set), currentUser())
      if (!wait) return console.log(json ? JSON.stringify({ workflowId: trial.workflowId }) : `Started ${trial.workflowId}.`)
      const outcome = await trial.result()
      if (outcome.verdict === 'not-started') process.exitCode = 1
      if (json) return console.log(JSON.stringify(outcome, null, 2))
      const metric = (await findStrategy(client.db, outcome.trialId))?.targetMetric ?? 'responseTime'
      console.log(
        `${outcome.trialId}: ${outcome.verdict}, ${describeImprovement(metric, outcome.improvement, outcome.interval)}\n${outcome.reason}`,
      )
    })
  })
