import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { exitCodes } from './exit-codes.ts'

type Outcome = Awaited<ReturnType<typeof printRestoreResult>>['outcome']

const codes: Partial<Record<Outcome, number>> = {
  superseded: exitCodes.refused,
  incomplete: exitCodes.failed,
  'given-up': exitCodes.failed,
}

/**
 * Prints the outcome of a restore; the exit code tells if it is not fully in force. With several restores, a failed one decides.
 * @throws OptimizerError `refused`
 */
export async function reportRestore(result: Parameters<typeof printRestoreResult>[0]): Promise<void> {
  const code = codes[(await printRestoreResult(result)).outcome]
  if (code !== undefined && process.exitCode !== exitCodes.failed) process.exitCode = code
}
