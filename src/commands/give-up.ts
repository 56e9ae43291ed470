import { Command } from 'commander'
import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const giveUpCommand = new Command('give-up')
  .description('end a restore that waits for instances that never answer; one that returns is restored then')
  .argument('<restore>', 'the restore as status shows it, or its trial')
  .requiredOption('--reason <text>', 'reason for the audit trail')
  .action(async (id: string, { reason }: { reason: string }) => {
    await withClient(async (client) => printRestoreResult(() => client.giveUp(id, { by: currentUser(), reason })))
  })
