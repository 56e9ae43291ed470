import type { Explanation } from '../../../model/explanation.ts'
import { formatImprovement } from '../../../model/improvement.ts'
import { whatWasDecided } from './decided.ts'
import { whatWasLearned } from './learned.ts'
import { whatWasExpected, whatWasMeasured } from './measured.ts'
import { whatWasSeen, whyThisChange } from './seen.ts'
import { type Stage, stageOf } from './stage.ts'
import { stepByStep } from './steps.ts'
import type { TrialFacts } from './trial-facts.ts'
import { howToUndo } from './undoing.ts'
import { changesInWords, metricName, stopped } from './words.ts'

/** A strategy and its trial for a person who has never read the code; any moment of its life will do. */
export function explainTrial(facts: TrialFacts): Explanation {
  const { strategy } = facts
  const undoing = howToUndo(facts)
  return {
    about: 'trial',
    id: strategy.id,
    summary: stopped(`${changesInWords(strategy.actions)} on ${strategy.agentId} ${standing[stageOf(facts)]}${soFar(facts)}`),
    sections: [
      { title: 'What was seen', sentences: whatWasSeen(facts) },
      { title: 'Why this change', sentences: whyThisChange(facts) },
      { title: 'What was expected', sentences: whatWasExpected(facts) },
      { title: 'What was measured', sentences: whatWasMeasured(facts) },
      { title: 'What was decided, and why', sentences: whatWasDecided(facts) },
      { title: 'Step by step', sentences: stepByStep(facts) },
      { title: 'What was learned', sentences: whatWasLearned(facts) },
      { title: 'How to undo it', sentences: undoing.sentences },
    ],
    undo: undoing.command,
  }
}

const standing: Record<Stage, string> = {
  planned: 'is planned',
  waiting: "waits for a person's approval",
  approved: 'is approved and about to begin',
  refused: 'was not done',
  left: 'was not tried',
  running: 'is being tried',
  restoring: 'is being put back',
  restored: 'was tried and put back',
  kept: 'is in force on every instance',
  superseded: 'was kept, and set otherwise since',
}

function soFar({ trial }: TrialFacts): string {
  const judgement = trial?.judgement
  if (!judgement || judgement.improvement === null) return ''
  const { metric, improvement, interval } = judgement
  return `: ${metricName[metric]} ${formatImprovement(metric, improvement, interval)}`
}
