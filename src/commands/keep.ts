import { resolveTrialId } from '../reading/short-ids.ts'
import { printMessage } from '../terminal/print.ts'
import { getReason, type ReasonOptions } from './arguments.ts'
import { getCurrentUser } from './current-user.ts'
import { exitCodes } from './exit-codes.ts'
import { withClient } from './with-client.ts'

export async function keep(id: string, options: ReasonOptions): Promise<void> {
  await withClient(async (client) => {
    const trialId = await resolveTrialId(client, id)
    const {
      kept,
      silent,
      drifting = [],
      already,
    } = await (await client.keep(trialId, getCurrentUser(), getReason(options))).result()
    if (already) return printMessage(`${trialId} was already kept; nothing was changed.`)
    if (kept) return printMessage([`${trialId} is kept on ${formatKeptInstances(silent)}.`, ...drifting].join('\n'))
    printMessage(`${trialId} ended before it could be kept and was rolled back.`)
    process.exitCode = exitCodes.refused
  })
}

function formatKeptInstances(silent: readonly string[]): string {
  if (silent.length === 0) return 'every instance'
  return `every responding instance; ${silent.join(', ')} did not respond and will receive it on reconnecting`
}
