import { whatCameOf } from '../../../model/approval.ts'
import { moment } from '../../../model/moment.ts'
import type { Judgement, Verdict } from '../../../model/trial.ts'
import { type Stage, stageOf } from './stage.ts'
import type { TrialFacts } from './trial-facts.ts'
import { sentence, stopped } from './words.ts'

/** What was decided and why: by a person, by the judge, and by whatever ended it otherwise. */
export function whatWasDecided(facts: TrialFacts): string[] {
  const { approval, trial, result } = facts
  const judgement = trial?.judgement
  const decided = [
    ...(approval && approval.state !== 'open' ? [sentence(`it ${whatCameOf(approval)}`)] : []),
    ...(judgement ? judged(judgement) : []),
    ...(result && result.reason !== judgement?.reason ? [stopped(`How it ended: ${result.reason}`)] : []),
  ]
  const told = [...decided, ...pending(facts, stageOf(facts))]
  // A workflow that was terminated leaves neither a judgement nor a result.
  return told.length > 0 ? told : [sentence(whyRestored(facts) ?? 'nobody decided: whatever carried it out ended before')]
}

const whyRestored = ({ trial, versions }: TrialFacts) =>
  versions.find(({ version }) => version === trial?.restoredVersion)?.reason

function pending(facts: TrialFacts, stage: Stage): string[] {
  const { approval, trial, leftBecause, strategy } = facts
  switch (stage) {
    case 'planned':
      return ['Nothing yet: whoever planned it has not come to it.']
    case 'waiting':
      return [
        `A person has to decide by ${moment(approval!.until)}, or it is not done: npx optimizer approve ${strategy.id}, or decline.`,
      ]
    case 'approved':
      return [sentence(leftBecause ? `it could not begin so far: ${leftBecause}` : 'It begins when its agent is free')]
    case 'left':
      return [sentence(`it was not tried: ${leftBecause ?? 'its cycle ended without coming to it'}`)]
    case 'running':
      return [sentence(doing[trial!.state as keyof typeof doing])]
    case 'restoring':
      return [sentence(whyRestored(facts) ?? 'it is being put back')]
    default:
      return []
  }
}

const doing = {
  applying: 'nothing yet: the change is being delivered to the instances that try it',
  observing: 'nothing for good yet: it is being observed',
  widening: 'it is proven on the instances that tried it, and is going to the others',
}

function judged({ decision, reason }: Judgement): string[] {
  if (decision === 'continue') return [sentence(`the judge, at its latest look: ${reason}`)]
  return [sentence(`${verdict[decision]}: ${reason}`), ...grounds(decision, reason)]
}

const verdict: Record<Verdict, string> = {
  keep: 'the judge found it proven',
  'roll-back': 'the judge had it put back',
  undecided: 'the judge could not decide',
}

/** What a verdict rests on, for who does not know the judge. */
function grounds(decision: Verdict, reason: string): string[] {
  if (decision === 'keep')
    return [
      'The whole interval is better than no change, the gain is worth having, and more than a little harm to the other metrics is ruled out.',
    ]
  if (decision === 'undecided') return ['What is not proven to help is put back, even where it looks good.']
  if (reason.includes('guardrail')) return ['A guardrail is what a change must not harm, whatever it does for its target.']
  if (reason.includes('silent')) return ['An instance that stops working says nothing bad, and is counted as harm all the same.']
  return ['That is proven, so there was no reason to let it go on.']
}
