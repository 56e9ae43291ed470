import type { TrialRecord } from '../../../model/experience.ts'
import { type JudgedMetric, judgedMetricSchema, type Knob, type KnobValues } from '../../../model/knob.ts'
import type { OptimizationResult } from '../../../model/result.ts'
import { type KnobImportance, knobImportance } from './importance.ts'
import { type Promises, promises, type Successes, successes } from './track-record.ts'
import { type WorthTrying, worthTrying } from './worth-trying.ts'

/** What was learned about one agent. */
export interface AgentInsight {
  agentId: string
  kind: string
  /** The knobs that were turned in trials, per metric, the most important first. */
  importance: Partial<Record<JudgedMetric, KnobImportance[]>>
  worthTrying: WorthTrying[]
}

export interface LearningReport {
  successes: Successes[]
  promises: Promises[]
  agents: AgentInsight[]
}

export interface Learned {
  results: OptimizationResult[]
  /** Finished trials of the fleet, as far as they are remembered. */
  experience: TrialRecord[]
  agents: { agentId: string; kind: string; knobs: Knob[]; current: KnobValues }[]
}

/** What all trials taught: which types succeed, whether promises hold, which knobs matter, and what is left to try. */
export function learningReport({ results, experience, agents }: Learned): LearningReport {
  return {
    successes: successes(results),
    promises: promises(results),
    agents: agents.map(({ agentId, kind, knobs, current }) => {
      const trials = experience.filter((trial) => trial.kind === kind)
      const known = new Map(
        judgedMetricSchema.options
          .filter((metric) => trials.some((trial) => trial.metric === metric))
          .map((metric) => [metric, knobImportance(agentId, metric, knobs, trials)]),
      )
      const turned = [...known].map(([metric, all]) => [metric, all.filter(({ trials: { own, ofKind } }) => own + ofKind > 0)])
      return {
        agentId,
        kind,
        importance: Object.fromEntries(turned),
        worthTrying: worthTrying({ agentId, knobs, current }, known, trials),
      }
    }),
  }
}
