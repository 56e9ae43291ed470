import { CommanderError } from 'commander'
import { OptimizerError } from '../model/errors.ts'

/** Exit codes of the `optimizer` command; `docs/commands.md` explains them. */
export const exitCodes = {
  failed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  notProven: 5,
} as const

const unreachable = new Set(['unreachable', 'not-running', 'unavailable', 'nats-unreachable', 'not-migrated', 'timeout'])
/** The program or its environment failed; the request was not refused. */
const failed = new Set([
  'broken-data-folder',
  'data-folder',
  'disk-full',
  'fleet-failed',
  'migration-failed',
  'port-taken',
  'search-attributes',
  'server-failed',
  'start-failed',
])

/** The exit code for an error, by who has to act: the caller, the operator of the servers, or nobody because the request was refused. */
export function getExitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
  if (error instanceof Error && error.name === 'ZodError') return exitCodes.usage
  if (!(error instanceof OptimizerError) || failed.has(error.code)) return exitCodes.failed
  if (unreachable.has(error.code)) return exitCodes.unreachable
  return /^((invalid|unknown|unreadable|foreign)-|out-of-bounds$)/.test(error.code) ? exitCodes.usage : exitCodes.refused
}
