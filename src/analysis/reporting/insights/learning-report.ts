import type { FinishedTrial } from '../../../model/finished-trial.ts'
import type { Knob, KnobValues } from '../../../model/knob.ts'
import {
  getMetric,
  type MetricCatalogue,
  type MetricName,
  type RecordedMetric,
  selectDeclarations,
} from '../../../model/metric.ts'
import type { ResultDigest } from '../../../model/result.ts'
import { excludeUnusableAgents, type UnusableAgent } from '../../observing/unusable-agents.ts'
import { computeKnobImportance, type KnobImportance } from '../../statistics/knob-importance.ts'
import { findPromisingKnobs, type PromisingKnob } from './promising-knobs.ts'
import {
  type OverallSuccess,
  type PredictionCalibration,
  type SuccessStatistics,
  summarizeOutcomesByType,
  summarizeOverallSuccess,
  summarizePredictions,
} from './track-record.ts'

/** The lessons of trials about one agent. */
export interface AgentInsight {
  agentId: string
  kind: string
  /** The knobs that trials have turned, per metric, the most important first. */
  importance: Record<MetricName, KnobImportance[]>
  worthTrying: PromisingKnob[]
}

export interface LearningReport {
  successes: SuccessStatistics[]
  overall: OverallSuccess
  predictions: PredictionCalibration[]
  agents: AgentInsight[]
  /** Every metric that is not built in. */
  declared: RecordedMetric[]
  /** Agents that are missing in `agents`. */
  unusable: UnusableAgent[]
  /** `agents` is computed from the newest `shown` of `total` recent trials. */
  listed: { trials: { shown: number; total: number } }
}

export interface LearningInputs {
  /** All results on record. */
  results: readonly ResultDigest[]
  /** Finished trials of the fleet that still count. */
  experience: FinishedTrial[]
  /** `experience` has the results of the newest `shown` of `total` recent trials. */
  listed: { trials: { shown: number; total: number } }
  agents: { agentId: string; kind: string; knobs: Knob[]; current: KnobValues }[]
  catalogue: MetricCatalogue
}

/** The lessons of all trials: which types succeed, whether predictions hold, which knobs matter, and what is left to try. */
export function buildLearningReport(inputs: LearningInputs): LearningReport {
  const agentIds = inputs.agents.map(({ agentId }) => agentId)
  const { result, unusable } = excludeUnusableAgents(agentIds, (includes) =>
    summarizeLearning({
      ...inputs,
      experience: inputs.experience.filter(({ agentId }) => includes(agentId)),
      agents: inputs.agents.filter(({ agentId }) => includes(agentId)),
    }),
  )
  return { ...result, unusable }
}

function summarizeLearning({ results, experience, listed, agents, catalogue }: LearningInputs): Omit<LearningReport, 'unusable'> {
  return {
    successes: summarizeOutcomesByType(results),
    overall: summarizeOverallSuccess(results),
    predictions: summarizePredictions(results),
    agents: agents.map(({ agentId, kind, knobs, current }) => {
      const trials = experience.filter((trial) => trial.kind === kind)
      const known = new Map(
        [...new Set(trials.map(({ metric }) => metric))].map((name) => [
          name,
          computeKnobImportance(agentId, getMetric(catalogue, name), knobs, trials),
        ]),
      )
      const turned = [...known].map(([metric, all]) => [metric, all.filter(({ trials: { own, ofKind } }) => own + ofKind > 0)])
      return {
        agentId,
        kind,
        importance: Object.fromEntries(turned),
        worthTrying: findPromisingKnobs({ agentId, knobs, current }, known, trials, catalogue),
      }
    }),
    declared: selectDeclarations(catalogue, catalogue.keys()),
    listed,
  }
}
