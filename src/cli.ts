#!/usr/bin/env node
/** The `optimizer` command. Every command is one file in `commands/`. */
import { Command, CommanderError } from 'commander'
import { ZodError } from 'zod'
import { abortCommand } from './commands/abort.ts'
import { aggressivenessCommand } from './commands/aggressiveness.ts'
import { approveCommand, declineCommand } from './commands/approve.ts'
import { cycleCommand } from './commands/cycle.ts'
import { explainCommand } from './commands/explain.ts'
import { focusCommand } from './commands/focus.ts'
import { giveUpCommand } from './commands/give-up.ts'
import { keepCommand } from './commands/keep.ts'
import { migrateCommand } from './commands/migrate.ts'
import { pauseCommand, resumeCommand } from './commands/pause.ts'
import { policyCommand } from './commands/policy.ts'
import { reportCommand } from './commands/report.ts'
import { restoreCommand } from './commands/restore.ts'
import { rollbackCommand } from './commands/rollback.ts'
import { setCommand } from './commands/set.ts'
import { startCommand } from './commands/start.ts'
import { statusCommand } from './commands/status.ts'
import { tryCommand } from './commands/try.ts'
import { describeError, OptimizerError } from './model/errors.ts'

const program = new Command('optimizer')
  .description('Makes a fleet of software agents measurably faster, one proven change at a time.')
  .showHelpAfterError()
for (const command of [
  startCommand,
  statusCommand,
  explainCommand,
  reportCommand,
  cycleCommand,
  policyCommand,
  aggressivenessCommand,
  focusCommand,
  tryCommand,
  rollbackCommand,
  keepCommand,
  approveCommand,
  declineCommand,
  setCommand,
  restoreCommand,
  giveUpCommand,
  pauseCommand,
  resumeCommand,
  abortCommand,
  migrateCommand,
]) {
  program.addCommand(command)
}

try {
  await program.parseAsync()
} catch (error) {
  console.error(formatCliError(error))
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1
}

/** One sentence for a person; the stack trace only of what is a defect of this program, and only when asked for. */
function formatCliError(error: unknown): string {
  if (error instanceof ZodError) return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  if (error instanceof OptimizerError || !process.env.OPTIMIZER_DEBUG) return describeError(error)
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
