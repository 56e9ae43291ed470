#!/usr/bin/env node
/** The `optimizer` command; `commands/index.ts` lists its subcommands. */
import { enableCompileCache } from 'node:module'
import { CommanderError } from 'commander'
import { getExitCode } from './commands/exit-codes.ts'
import { createProgram } from './commands/index.ts'
import { describeError, OptimizerError } from './model/errors.ts'

// Without it, every command would spend a third of its time compiling the same modules again.
enableCompileCache()

try {
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = getExitCode(error)
  // commander has already printed its own errors.
  if (!(error instanceof CommanderError)) console.error(formatCliError(error))
}

/** One sentence for the user; a stack trace only for defects of this program, and only if OPTIMIZER_DEBUG is set. */
function formatCliError(error: unknown): string {
  if (isZodError(error)) return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  if (error instanceof OptimizerError || !process.env.OPTIMIZER_DEBUG) return describeError(error)
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** By its name, so that zod is loaded only by commands that need it. */
function isZodError(error: unknown): error is { issues: { path: PropertyKey[]; message: string }[] } {
  return error instanceof Error && error.name === 'ZodError'
}
