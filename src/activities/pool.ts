/** Trials that are judged together: each is a separate trial, and all follow one decision. */
import { WorkflowNotFoundError } from '@temporalio/client'
import { buildTrialGoal } from '../analysis/trials/goal.ts'
import { createPoolJudge } from '../analysis/trials/pool-judge.ts'
import type { MeasureStep, TrialFailure } from '../contract/activities.ts'
import { lookNowSignal, rollBackSignal } from '../contract/messages.ts'
import { getTrialWorkflowId } from '../contract/workflows.ts'
import type { Pool, Strategy } from '../model/strategy.ts'
import { toCleanText } from '../model/text.ts'
import type { Judgement, TrialDesign } from '../model/trial.ts'
import type { Database } from '../store/database.ts'
import { ignoreDataErrors } from '../store/errors.ts'
import { findPoolDecision, listPoolTrials, type PoolDecision, recordPoolDecision } from '../store/pools.ts'
import { findStrategy } from '../store/strategies.ts'
import type { Trial } from '../store/trials.ts'
import type { ObservedArms } from '../trials/observations.ts'
import { type ObservedTrial, observeExcludingWarmUp } from '../trials/observe-excluding-warm-up.ts'
import type { Dependencies } from './dependencies.ts'
import { loadJudgedScoreDelayMs } from './score-wait.ts'

/**
 * The pool that a trial joins when it begins; null if it would not be judged with the others, because they have another design, or have been
 * decided about.
 */
export async function findOpenPool(db: Database, poolId: string, design: TrialDesign): Promise<string | null> {
  const [decision, trials] = await Promise.all([findPoolDecision(db, poolId), listPoolTrials(db, poolId)])
  return !decision && trials.every((other) => other.design === design) ? poolId : null
}

/** A trial of a pool that is observed. */
interface PoolMember {
  trial: Trial
  strategy: Strategy
  observed: ObservedTrial
  scoreDelayMs: number
}

/** A judge of a trial by the evidence of its whole pool, as far as its trials have begun; also names the trials that it judged. */
export async function createPooledJudge(
  dependencies: Dependencies,
  own: PoolMember,
): Promise<{ look(arms: ObservedArms, options: { final: boolean }): Promise<{ judgement: Judgement; judged: string[] }> }> {
  const { trial } = own
  const others = await observeOthers(dependencies, trial)
  const maxSamples = Math.max(...[own, ...others].map((member) => member.trial.maxSamples!))
  return {
    async look(arms, { final }) {
      const seen = await Promise.all(others.map(({ observed }) => observed.look().catch(ignoreDataErrors)))
      const usable = others.flatMap((other, index) => (seen[index] ? [{ ...other, arms: seen[index] }] : []))
      const members = [{ ...own, arms }, ...usable]
      const judge = createPoolJudge(
        { design: trial.design, maxSamples },
        members.map((member) => ({
          agentId: member.trial.agentId,
          goal: buildTrialGoal(member.strategy),
          candidates: member.trial.candidateInstances.length,
          history: member.observed.history,
          scoreDelayMs: member.scoreDelayMs,
          cut: member.observed.cut,
          hasEnded: hasEnded(member.trial),
        })),
      )
      const judgement = judge.look(new Map(members.map((member) => [member.trial.agentId, member.arms])), { final })
      return { judgement, judged: members.map((member) => member.trial.id) }
    },
  }
}

/** The trials of the pool on other agents that have been observed, in the same way. */
async function observeOthers(dependencies: Dependencies, { id, poolId, design }: Trial): Promise<PoolMember[]> {
  const begun = (await listPoolTrials(dependencies.db, poolId!)).filter((other) => other.id !== id && other.observingAt !== null)
  const observed = await Promise.all(
    begun
      .filter((other) => other.design === design)
      .map(async (other) => {
        const strategy = (await findStrategy(dependencies.db, other.id))!
        const [found, scoreDelayMs] = await Promise.all([
          observeExcludingWarmUp(dependencies, { trial: other, strategy, step: 'candidate' }).catch(ignoreDataErrors),
          loadJudgedScoreDelayMs(dependencies.db, other, strategy),
        ])
        return found && { trial: other, strategy, observed: found, scoreDelayMs }
      }),
  )
  return observed.filter((other) => other !== undefined)
}

const hasEnded = ({ endedAt, state }: Trial) => endedAt !== null || state === 'restoring'

/**
 * The judgement that counts for a trial of a pool: a decision of one is that of all that it is based on, and harm that of all. While a change
 * is widened, each trial goes on by itself, unless one of them is rolled back.
 * @param judged the trials that the judgement is based on
 */
export async function applyPoolDecision(
  dependencies: Dependencies,
  { pool, trial, step, judged }: { pool: Pool; trial: Trial; step: MeasureStep; judged: string[] },
  judgement: Judgement,
): Promise<Judgement> {
  const { decision: verdict, reason } = judgement
  const counts = verdict !== 'continue' && (step === 'candidate' || verdict === 'roll-back')
  const decision = counts
    ? await decidePool(dependencies, { pool, trial }, { verdict, reason: nameAgent(trial, step, reason), judged })
    : await findPoolDecision(dependencies.db, pool.id)
  if (!decision || !isBinding(decision, trial, step)) return judgement
  // The record of a pool has no code: only this trial's own decision has one.
  const code = counts && decision.verdict === verdict ? judgement.code : undefined
  return { ...judgement, decision: decision.verdict, reason: decision.reason, code }
}

function isBinding({ verdict, judged }: PoolDecision, { id }: Trial, step: MeasureStep): boolean {
  return verdict === 'roll-back' || (step === 'candidate' && (judged?.includes(id) ?? true))
}

/** While a change is widened, an effect shows on one agent. */
const nameAgent = ({ agentId }: Trial, step: MeasureStep, reason: string) =>
  step === 'half' ? `on ${agentId}, ${reason}` : reason

/** Records a decision, and has the other trials carry it out at once rather than at their next look. */
async function decidePool(
  dependencies: Dependencies,
  { pool, trial }: { pool: Pool; trial: Trial },
  decision: PoolDecision,
): Promise<PoolDecision> {
  const known = await findPoolDecision(dependencies.db, pool.id)
  const counting = await recordPoolDecision(dependencies.db, pool.id, decision)
  if (known?.verdict !== counting.verdict) await signalOthers(dependencies, pool, trial.id, lookNowSignal.name, () => [])
  return counting
}

/** Rolls back the other trials of a pool if a person has rolled back this one. */
export async function propagateRollback(
  dependencies: Pick<Dependencies, 'temporal'>,
  { id, agentId, pool }: Strategy,
  failure: TrialFailure | null,
): Promise<void> {
  if (!pool || (failure?.code !== 'asked' && failure?.code !== 'harmful')) return
  const { by } = failure
  const reason = toCleanText(
    `the trial on ${agentId}, which was judged together with this one, was rolled back: ${failure.reason}`,
  )
  const note = by ? { by, reason } : reason
  await signalOthers(dependencies, pool, id, rollBackSignal.name, (strategyId) => [strategyId, note])
}

async function signalOthers(
  { temporal }: Pick<Dependencies, 'temporal'>,
  { members }: Pool,
  ownId: string,
  signal: string,
  argsOf: (strategyId: string) => unknown[],
): Promise<void> {
  for (const { strategyId } of members.filter((member) => member.strategyId !== ownId)) {
    const handle = temporal.workflow.getHandle(getTrialWorkflowId(strategyId))
    await handle.signal(signal, ...argsOf(strategyId)).catch((error) => {
      // It has ended, or has never begun.
      if (!(error instanceof WorkflowNotFoundError)) throw error
    })
  }
}
