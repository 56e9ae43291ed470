import type { Activities } from '../contract/activities.ts'
import { describeApproval } from '../model/approval.ts'
import { OptimizerError } from '../model/errors.ts'
import { formatTimestamp, formatValue } from '../model/format.ts'
import type { Strategy } from '../model/strategy.ts'
import { truncateToBytes } from '../model/text.ts'
import { closeApproval, findApproval, findCompetingApproval, requestApproval } from '../store/approvals.ts'
import { lockAgent } from '../store/configurations.ts'
import { findStrategy } from '../store/strategies.ts'
import { findTrial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { toStrategyRef } from './strategy-ref.ts'

/** The space that the strategy leaves in a payload. */
const longestDetailsBytes = 2_500

/**
 * Requests approval of a strategy that a cycle planned (B11).
 * @throws OptimizerError `unknown-strategy`, `used-id`; `awaiting-decision` if another change of the same knob waits for approval.
 */
export function createAskActivity({ db, config }: Dependencies): Activities['ask'] {
  return async ({ trialId }) => {
    const strategy = await findStrategy(db, trialId)
    if (!strategy) throw new OptimizerError('unknown-strategy', `There is no strategy ${trialId}; see npx optimizer status.`)
    if (await findTrial(db, trialId))
      throw new OptimizerError('used-id', `${trialId} has already been tried; it cannot be tried again.`)
    const waitMs = config.approval.waitMinutes * 60_000
    const approval = await db.transaction().execute(async (trx) => {
      // Two cycles may plan at the same time.
      await lockAgent(trx, strategy.agentId)
      const known = await findApproval(trx, trialId)
      const other = known ? undefined : await findCompetingApproval(trx, strategy)
      if (other)
        throw new OptimizerError(
          'awaiting-decision',
          `${other.trialId} is already waiting for a decision on ${other.knob} of ${strategy.agentId}; decide on that one first.`,
        )
      return known ?? (await requestApproval(trx, { trialId, agentId: strategy.agentId }, waitMs))
    })
    if (approval.state !== 'open')
      throw new OptimizerError('used-id', `${trialId} ${describeApproval(approval)}; approval cannot be requested again.`)
    return {
      strategy: toStrategyRef(strategy),
      waitMs,
      details: truncateToBytes(details(strategy, approval.until), longestDetailsBytes),
    }
  }
}

export function createRecordApprovalActivity({ db }: Dependencies): Activities['recordApproval'] {
  return async ({ trialId, ...outcome }) => await closeApproval(db, trialId, outcome)
}

function details({ actions, why, rollbackPlan, asks }: Strategy, until: Date): string {
  const changes = actions
    .map(({ knob, from, to, unit }) => `- \`${knob}\` ${formatValue(from)} → ${formatValue(to, unit)}`)
    .join('\n')
  const caution = asks && `Risk: **${asks.risk}**; autonomy for this kind of agent: **${asks.autonomy.toFixed(2)}**.`
  return [
    changes,
    why,
    caution,
    `If it does not help: ${rollbackPlan}`,
    `If nobody approves it by ${formatTimestamp(until)}, it is not carried out.`,
  ]
    .filter(Boolean)
    .join('\n\n')
}
