import { Command } from 'commander'
import { loadPolicyFields } from '../reading/policy.ts'
import { listPolicyChanges } from '../store/policy-changes.ts'
import { formatPolicy, formatPolicyHistory } from '../terminal/format-policy.ts'
import { withClient } from './with-client.ts'

export const policyCommand = new Command('policy')
  .description('the policy in force: every field with since when, by whom and why')
  .option('--history', 'what was changed, newest first')
  .option('--json', 'print JSON')
  .action(async ({ history, json }) => {
    await withClient(async ({ db }) => {
      if (history) {
        const changes = await listPolicyChanges(db)
        console.log(json ? JSON.stringify(changes, null, 2) : formatPolicyHistory(changes))
      } else {
        const fields = await loadPolicyFields(db)
        console.log(json ? JSON.stringify(fields, null, 2) : formatPolicy(fields))
      }
    })
  })
