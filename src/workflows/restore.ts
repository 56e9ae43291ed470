import { CancellationScope, condition, isCancellation, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow'
import type { RestoreResult } from '../contract/activities.ts'
import { giveUpUpdate } from '../contract/messages.ts'
import {
  agentRestoreSchema,
  type OperatorNote,
  operatorNoteSchema,
  type RestoreInput,
  trialRestoreSchema,
} from '../model/commands.ts'
import { replaceInvisibleSender } from '../model/text.ts'
import { persistentActivities, unlimitedCompensationActivities } from './activities.ts'
import { createInputFailure, createValidator } from './update-rejection.ts'
import { waitForUpdateHandlers } from './wait-for-update-handlers.ts'

/**
 * Rolls back the change of a trial, or restores a whole configuration of an agent (E5); also finishes a compensation that could not
 * reach its agent within the cycle. Tries until it is done, even if cancelled; only an operator can end it earlier.
 */
export async function restore(input: RestoreInput): Promise<RestoreResult> {
  const isOfAgent = typeof input === 'object' && input !== null && 'agentId' in input
  const parsed = (isOfAgent ? agentRestoreSchema : trialRestoreSchema).safeParse(replaceInvisibleSender(input))
  if (!parsed.success) {
    const forms = '{"trialId": "opt_…"}, or {"agentId": "…", "to": <version, time or values>, "by": "ada"}'
    throw createInputFailure(parsed.error, 'restore', forms)
  }
  return await CancellationScope.nonCancellable(() => new Restore(parsed.data).run())
}

class Restore {
  private readonly trying = new CancellationScope()
  private readonly requestId = `${workflowInfo().workflowId}/${workflowInfo().runId.slice(0, 8)}`
  private note: OperatorNote | undefined
  private restored: RestoreResult | undefined
  private readonly input: RestoreInput

  constructor(input: RestoreInput) {
    this.input = input
    setHandler(giveUpUpdate, (note) => this.end(note), { validator: validate })
  }

  async run(): Promise<RestoreResult> {
    const subject =
      'trialId' in this.input
        ? `the configuration from before \`${this.input.trialId}\``
        : `\`${this.input.agentId}\` as of ${JSON.stringify(this.input.to)}`
    setCurrentDetails(`Restoring ${subject}. This workflow stays open until every instance confirms that it is in force.`)
    this.restored = await this.trying
      .run(() => this.try())
      .catch((error) => {
        if (!this.note || !isCancellation(error)) throw error
        return persistentActivities.giveUp({ of: this.of, note: this.note })
      })
    const { outcome, issues } = this.restored
    setCurrentDetails([`Restoring ${subject}: ${outcome}.`, ...issues.map((issue) => `- ${issue}`)].join('\n'))
    await waitForUpdateHandlers()
    return this.restored
  }

  private try(): Promise<RestoreResult> {
    if ('trialId' in this.input) return unlimitedCompensationActivities.restore(this.input)
    return unlimitedCompensationActivities.rewind({ ...this.input, requestId: this.requestId })
  }

  private get of() {
    if ('trialId' in this.input) return { trialId: this.input.trialId }
    return { agentId: this.input.agentId, requestId: this.requestId }
  }

  /** Responds once the restore has ended. */
  private async end(note: OperatorNote): Promise<RestoreResult> {
    this.note ??= note
    this.trying.cancel()
    await CancellationScope.nonCancellable(() => condition(() => this.restored !== undefined))
    return this.restored!
  }
}

const validate = createValidator(operatorNoteSchema, 'note', '{"by": "ada", "reason": "it was decommissioned"}')
