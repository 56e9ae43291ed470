import type { Explanation } from '../../../model/explanation.ts'
import { describeChanges, formatImprovement, metricLabels, withFullStop } from '../../../model/format.ts'
import { explainCause, explainChoice } from './cause.ts'
import { explainDecision } from './decision.ts'
import { explainLearning } from './learning.ts'
import { explainExpectation, explainMeasurement } from './measurement.ts'
import { determineStage, type TrialStage } from './stage.ts'
import { explainTimeline } from './timeline.ts'
import type { TrialFacts } from './trial-facts.ts'
import { explainUndo } from './undo.ts'

/** A strategy and its trial for a person who has never read the code; any moment of its life will do. */
export function explainTrial(facts: TrialFacts): Explanation {
  const { strategy } = facts
  const undoing = explainUndo(facts)
  return {
    about: 'trial',
    id: strategy.id,
    summary: withFullStop(
      `${describeChanges(strategy.actions)} on ${strategy.agentId} ${standing[determineStage(facts)]}${describeImprovement(facts)}`,
    ),
    sections: [
      { title: 'What was seen', sentences: explainCause(facts) },
      { title: 'Why this change', sentences: explainChoice(facts) },
      { title: 'What was expected', sentences: explainExpectation(facts) },
      { title: 'What was measured', sentences: explainMeasurement(facts) },
      { title: 'What was decided, and why', sentences: explainDecision(facts) },
      { title: 'Step by step', sentences: explainTimeline(facts) },
      { title: 'What was learned', sentences: explainLearning(facts) },
      { title: 'How to undo it', sentences: undoing.sentences },
    ],
    undo: undoing.command,
  }
}

const standing: Record<TrialStage, string> = {
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

function describeImprovement({ trial }: TrialFacts): string {
  const judgement = trial?.judgement
  if (!judgement || judgement.improvement === null) return ''
  const { metric, improvement, interval } = judgement
  return `: ${metricLabels[metric]} ${formatImprovement(metric, improvement, interval)}`
}
