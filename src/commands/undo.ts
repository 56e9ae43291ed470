import { undo } from '../client/undo.ts'
import { OptimizerError } from '../model/errors.ts'
import type { UndoTarget } from '../model/undo.ts'
import { resolveTrialId } from '../reading/short-ids.ts'
import { formatUndo } from '../terminal/format-undo.ts'
import { printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import { exitCodes } from './exit-codes.ts'
import { parseVersionOrTime } from './parse-version-or-time.ts'
import { reportRestore } from './report-restore.ts'
import { withClient } from './with-client.ts'

interface UndoOptions {
  agent?: string
  all?: boolean
  to?: string
  yes?: boolean
  reason: string
  wait: boolean
  json?: boolean
}

export async function undoChanges(trialId: string | undefined, options: UndoOptions): Promise<void> {
  const { yes = false, reason, wait, json } = options
  const meant = toTarget(trialId, options)
  await withClient(async (client) => {
    const target = 'trialId' in meant ? { trialId: await resolveTrialId(client, meant.trialId) } : meant
    const request = { target, by: getCurrentUser(), reason }
    const { planned } = await undo(client, { ...request, dryRun: true })
    if (!json) printMessage(formatUndo(planned))
    const { started, failed } = yes ? await undo(client, request) : { started: [], failed: [] }
    if (json)
      console.log(JSON.stringify({ planned, started: started.map(({ result: _, ...workflow }) => workflow), failed }, null, 2))
    else if (!yes) printMessage('Nothing has been changed yet; add --yes to carry out the undo.')
    for (const { agentId, reason } of failed) console.error(`${agentId}: ${reason}`)
    if (failed.length > 0) process.exitCode = exitCodes.failed
    if (json || !wait) return
    for (const { agentId, result } of started) {
      printMessage(`${agentId}:`)
      await reportRestore(result)
    }
  })
}

/** @throws OptimizerError `invalid-input`, `invalid-date` */
function toTarget(trialId: string | undefined, { agent, all, to }: UndoOptions): UndoTarget {
  const refuse = (message: string) => new OptimizerError('invalid-input', message)
  if ([trialId, agent, all].filter((given) => given !== undefined).length !== 1)
    throw refuse('Specify what to undo: a trial, --agent <agent>, or --all.')
  if (trialId !== undefined) {
    if (to === undefined) return { trialId }
    throw refuse('A trial is undone as a whole; omit --to, or name an agent.')
  }
  const point = to === undefined ? undefined : parseVersionOrTime(to)
  if (agent !== undefined) return { agentId: agent, to: point }
  if (typeof point === 'string') return { all: true, to: point }
  throw refuse('Use --to to specify the time that the whole fleet returns to, such as 2026-11-21T11:00.')
}
