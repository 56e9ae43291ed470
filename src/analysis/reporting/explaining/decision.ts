import { describeApproval } from '../../../model/approval.ts'
import { describeAwaitedScores } from '../../../model/awaited-scores.ts'
import { addFullStop, formatTimestamp, joinWithAnd, toSentence } from '../../../model/format.ts'
import { getRecordedMetric, type MetricName } from '../../../model/metric.ts'
import type { RecordedTrial } from '../../../model/records.ts'
import type { Judgement, Verdict } from '../../../model/trial.ts'
import { listGuardedMetrics } from '../../trials/goal.ts'
import { isStanding } from '../results/standing.ts'
import { determineStage, type TrialStage } from './stage.ts'
import type { TrialFacts } from './trial-facts.ts'

/** Decisions and their reasons: of a person, of the judge, and of whatever else ended the trial. */
export function explainDecision(facts: TrialFacts): string[] {
  const { approval, trial, result } = facts
  const judgement = trial?.judgement
  const decided = [
    ...(approval && approval.state !== 'open' ? [toSentence(`it ${describeApproval(approval)}`)] : []),
    ...(judgement ? explainJudgement(judgement, facts) : []),
    ...(result && result.reason !== judgement?.reason ? [addFullStop(`Outcome: ${result.reason}`)] : []),
    ...explainUndoing(facts),
  ]
  const told = [...decided, ...pending(facts, determineStage(facts))]
  // A terminated workflow leaves neither a judgement nor a result.
  return told.length > 0
    ? told
    : [toSentence(findRestoreReason(facts) ?? 'no decision is on record, because its workflow ended before the trial did')]
}

/** Why a kept change is no longer in force; its verdict does not change. */
function explainUndoing({ result, standing }: TrialFacts): string[] {
  if (!result?.undone || standing === null || isStanding(standing)) return []
  const { at, reason, harmful } = result.undone
  const meaning = harmful ? 'This counts as harm.' : 'The verdict stands: undoing the change says nothing about harm.'
  return [addFullStop(`Undone later, at ${formatTimestamp(new Date(at))}: ${reason}`), meaning]
}

const findRestoreReason = ({ trial, versions }: TrialFacts) =>
  versions.find(({ version }) => version === trial?.restoredVersion)?.reason

function pending(facts: TrialFacts, stage: TrialStage): string[] {
  const { approval, trial, leftBecause, strategy } = facts
  switch (stage) {
    case 'planned':
      return ['No decision yet: it has not started.']
    case 'waiting':
      return [
        `Unless a person approves it by ${formatTimestamp(approval!.until)}, it is not carried out. To decide, run npx optimizer approve ${strategy.id} or npx optimizer decline ${strategy.id}.`,
      ]
    case 'approved':
      return [toSentence(leftBecause ? `it could not start yet: ${leftBecause}` : 'it starts when its agent is free')]
    case 'left':
      return [toSentence(`it was not tried: ${leftBecause ?? 'its cycle ended before reaching it'}`)]
    case 'running':
      return [
        toSentence(describeProgress(trial!)),
        ...(trial!.judgement?.awaited ?? []).map((each) => toSentence(describeAwaitedScores(each))),
      ]
    case 'restoring':
      return [toSentence(findRestoreReason(facts) ?? 'it is being rolled back')]
    default:
      return []
  }
}

function describeProgress({ state, judgement }: Pick<RecordedTrial, 'state' | 'judgement'>): string {
  if (state === 'applying') return 'no decision yet: the change is being applied to the candidates'
  if (state === 'widening') return 'it is proven on the candidates and is being applied to the other instances'
  // Between the verdict and what follows from it, the trial is still recorded as observed.
  if (judgement?.decision === 'keep') return 'it will be applied to the other instances'
  if (judgement && judgement.decision !== 'continue') return 'it is about to be rolled back'
  return 'no decision yet: it is being measured'
}

function explainJudgement(judgement: Judgement, facts: TrialFacts): string[] {
  const { decision, reason } = judgement
  if (decision === 'continue') return [toSentence(`the judge's latest look: ${reason}`)]
  return [
    toSentence(`${verdict[decision]}: ${reason}`),
    ...explainGrounds({ ...judgement, decision }, facts),
    ...explainOneSided(judgement),
  ]
}

const verdict: Record<Verdict, string> = {
  keep: 'proven',
  'roll-back': 'rolled back',
  undecided: 'undecided',
}

/** Why an undecided change is not kept; nothing for a record without a code. */
function explainDoubt({ code }: Judgement): string[] {
  if (code === 'bound-not-proven') return ['The gain is proven, but not that the bound is met.']
  if (code === 'doubtful') return ['The gain is proven, but a change is kept only if there is no such doubt.']
  return code === 'not-proven' ? ['A change that is not proven to help is rolled back, even if it looks good.'] : []
}

/** Why harm can be proven although the interval contains "no change". */
function explainOneSided({ decision, code, interval }: Judgement): string[] {
  const isOpen = interval !== null && interval[0] <= 0 && interval[1] >= 0
  return decision === 'roll-back' && isOpen && code === 'worse'
    ? ['Harm is decided by a separate one-sided test, so the two-sided interval may still contain no change.']
    : []
}

/** The grounds of a verdict, for readers who do not know the judge. */
function explainGrounds(judgement: Judgement & { decision: Verdict }, { strategy, trial }: TrialFacts): string[] {
  const { decision, code } = judgement
  if (decision === 'keep') {
    const nameAll = (names: readonly MetricName[]) => joinWithAnd(names.map((name) => getRecordedMetric(strategy, name).label))
    const guarded = listGuardedMetrics(strategy)
    const judged = [...guarded, strategy.targetMetric, ...Object.keys(strategy.weighed ?? {})]
    const others = Object.keys(trial?.metrics?.after.reported ?? {}).filter((name) => !judged.includes(name))
    const otherwise = strategy.objective
      ? 'the bounds and tolerances of the objective are respected'
      : `more than slight harm to ${nameAll(guarded)} is ruled out`
    return [
      `The whole interval is an improvement, it is large enough to matter, and ${otherwise}.`,
      ...(others.length > 0
        ? [`Not checked for harm: ${nameAll(others)}. To limit harm to these, set bounds in the objective.`]
        : []),
    ]
  }
  if (decision === 'undecided') return explainDoubt(judgement)
  if (code === 'guardrail') return ['A guardrail is a metric that a change must not harm, whatever it does for its target.']
  if (code === 'silent') return ['An instance that stops working reports nothing bad, so silence counts as harm.']
  return ['The harm is proven, so the trial ended at once.']
}
