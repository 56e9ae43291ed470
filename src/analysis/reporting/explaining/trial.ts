import type { Explanation } from '../../../model/explanation.ts'
import { addFullStop, describeChanges, describeImprovement } from '../../../model/format.ts'
import { getRecordedMetric } from '../../../model/metric.ts'
import { explainBottleneck, explainChoice } from './cause.ts'
import { explainDecision } from './decision.ts'
import { explainLearning } from './learning.ts'
import { explainExpectation, explainMeasurement } from './measurement.ts'
import { determineStage, type TrialStage } from './stage.ts'
import { explainTimeline } from './timeline.ts'
import type { TrialFacts } from './trial-facts.ts'
import { explainUndo } from './undo.ts'

/** Explains a strategy and its trial, at any stage, to a person who has never read the code. */
export function explainTrial(facts: TrialFacts): Explanation {
  const { strategy } = facts
  const undoing = explainUndo(facts)
  return {
    about: 'trial',
    id: strategy.id,
    summary: addFullStop(
      `${describeChanges(strategy.actions)} on ${strategy.agentId} ${stageWords[determineStage(facts)]}${describeMeasured(facts)}`,
    ),
    sections: [
      { title: 'Cause', sentences: explainBottleneck(facts) },
      { title: 'Change', sentences: explainChoice(facts) },
      { title: 'Expected effect', sentences: explainExpectation(facts) },
      { title: 'Measured effect', sentences: explainMeasurement(facts) },
      { title: 'Decision', sentences: explainDecision(facts) },
      { title: 'Timeline', sentences: explainTimeline(facts) },
      { title: 'Lessons', sentences: explainLearning(facts) },
      { title: 'Undo', sentences: undoing.sentences },
    ],
    undo: undoing.command,
  }
}

const stageWords: Record<TrialStage, string> = {
  planned: 'is planned',
  waiting: 'is waiting for approval',
  approved: 'is approved and about to start',
  refused: 'was not carried out',
  left: 'was not tried',
  running: 'is being tried',
  restoring: 'is being rolled back',
  restored: 'was tried and rolled back',
  kept: 'is in force on every instance',
  superseded: 'was kept, and a later change builds on it',
  overridden: 'was kept and has been overridden since',
  forgotten: 'was kept, until its agent was forgotten',
  undone: 'was kept and rolled back later',
}

/** The measured effect; of a trial that was rolled back at its end, the reason before it. */
function describeMeasured(facts: TrialFacts): string {
  const judgement = facts.trial?.judgement
  const measured =
    judgement && judgement.improvement !== null
      ? describeImprovement(getRecordedMetric(facts.strategy, judgement.metric), judgement.improvement, judgement.interval)
      : undefined
  const reason = determineStage(facts) === 'restored' ? (facts.result?.reason ?? judgement?.reason) : undefined
  const parts = [reason?.replace(/^Rolled back: /, ''), measured].filter(Boolean)
  return parts.length > 0 ? `: ${parts.join('; measured: ')}` : ''
}
