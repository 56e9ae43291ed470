import { describeApproval } from '../../../model/approval.ts'
import { formatTimestamp, toSentence, withFullStop } from '../../../model/format.ts'
import type { Judgement, Verdict } from '../../../model/trial.ts'
import { determineStage, type TrialStage } from './stage.ts'
import type { TrialFacts } from './trial-facts.ts'

/** What was decided and why: by a person, by the judge, and by whatever ended it otherwise. */
export function explainDecision(facts: TrialFacts): string[] {
  const { approval, trial, result } = facts
  const judgement = trial?.judgement
  const decided = [
    ...(approval && approval.state !== 'open' ? [toSentence(`it ${describeApproval(approval)}`)] : []),
    ...(judgement ? explainJudgement(judgement) : []),
    ...(result && result.reason !== judgement?.reason ? [withFullStop(`How it ended: ${result.reason}`)] : []),
  ]
  const told = [...decided, ...pending(facts, determineStage(facts))]
  // A workflow that was terminated leaves neither a judgement nor a result.
  return told.length > 0 ? told : [toSentence(findRestoreReason(facts) ?? 'nobody decided: whatever carried it out ended before')]
}

const findRestoreReason = ({ trial, versions }: TrialFacts) =>
  versions.find(({ version }) => version === trial?.restoredVersion)?.reason

function pending(facts: TrialFacts, stage: TrialStage): string[] {
  const { approval, trial, leftBecause, strategy } = facts
  switch (stage) {
    case 'planned':
      return ['Nothing yet: whoever planned it has not come to it.']
    case 'waiting':
      return [
        `A person has to decide by ${formatTimestamp(approval!.until)}, or it is not done: npx optimizer approve ${strategy.id}, or decline.`,
      ]
    case 'approved':
      return [toSentence(leftBecause ? `it could not begin so far: ${leftBecause}` : 'It begins when its agent is free')]
    case 'left':
      return [toSentence(`it was not tried: ${leftBecause ?? 'its cycle ended without coming to it'}`)]
    case 'running':
      return [toSentence(doing[trial!.state as keyof typeof doing])]
    case 'restoring':
      return [toSentence(findRestoreReason(facts) ?? 'it is being put back')]
    default:
      return []
  }
}

const doing = {
  applying: 'nothing yet: the change is being delivered to the instances that try it',
  observing: 'nothing for good yet: it is being observed',
  widening: 'it is proven on the instances that tried it, and is going to the others',
}

function explainJudgement({ decision, reason }: Judgement): string[] {
  if (decision === 'continue') return [toSentence(`the judge, at its latest look: ${reason}`)]
  return [toSentence(`${verdict[decision]}: ${reason}`), ...explainGrounds(decision, reason)]
}

const verdict: Record<Verdict, string> = {
  keep: 'the judge found it proven',
  'roll-back': 'the judge had it put back',
  undecided: 'the judge could not decide',
}

/** What a verdict rests on, for who does not know the judge. */
function explainGrounds(decision: Verdict, reason: string): string[] {
  if (decision === 'keep')
    return [
      'The whole interval is better than no change, the gain is worth having, and more than a little harm to the other metrics is ruled out.',
    ]
  if (decision === 'undecided') return ['What is not proven to help is put back, even where it looks good.']
  if (reason.includes('guardrail')) return ['A guardrail is what a change must not harm, whatever it does for its target.']
  if (reason.includes('silent')) return ['An instance that stops working says nothing bad, and is counted as harm all the same.']
  return ['That is proven, so there was no reason to let it go on.']
}
