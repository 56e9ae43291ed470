import { createJudge } from '../../src/analysis/judging/index.ts'
import { mean, variance } from '../../src/analysis/statistics/summaries.ts'
import type { ArmSamples, Sample } from '../../src/model/trial.ts'
import type { Trial } from './trials.ts'

export interface Verdict {
  decision: 'roll-back' | 'keep' | 'undecided'
  /** Number of the candidate's samples at the decision. */
  after: number
}
/** Watches a trial until it decides. */
export type Decide = (trial: Trial) => Verdict

const STEP = 5

function lookEvery(trial: Trial, look: (n: number) => Verdict['decision'] | 'continue'): Verdict {
  for (let n = STEP; n < trial.maxSamples; n += STEP) {
    const decision = look(n)
    if (decision !== 'continue') return { decision, after: n }
  }
  const decision = look(trial.maxSamples)
  return { decision: decision === 'continue' ? 'undecided' : decision, after: trial.maxSamples }
}

/** This project's judge. */
export const judge: Decide = (trial) => {
  const { metric, design } = trial.scenario
  const { look } = createJudge({
    metric: {
      name: metric,
      direction: metric === 'latency' ? 'lower' : 'higher',
      kind: metric === 'latency' ? 'continuous' : 'proportion',
    },
    design,
    history: trial.history,
    maxSamples: trial.maxSamples,
  })
  return lookEvery(trial, (n) => look(trial.upTo(n)).decision)
}

/** A common manual method: compares two means at the end; 5% (2 points) count. */
export const naiveMeans: Decide = (trial) => {
  const { control, candidate } = costs(trial, trial.upTo(trial.maxSamples))
  const worse = trial.scenario.metric === 'latency' ? mean(candidate) / mean(control) - 1 : mean(candidate) - mean(control)
  const least = trial.scenario.metric === 'latency' ? 0.05 : 0.02
  return { decision: worse > least ? 'roll-back' : worse < -least ? 'keep' : 'undecided', after: trial.maxSamples }
}

/** The method that dashboards with a p-value invite: a t-test at every look, until it reaches 95%. */
export const peekingTTest: Decide = (trial) =>
  lookEvery(trial, (n) => {
    const { control, candidate } = costs(trial, trial.upTo(n))
    const spread = (values: number[]) => variance(values) / Math.max(1, values.length - 1)
    const t = (mean(candidate) - mean(control)) / Math.sqrt(spread(control) + spread(candidate))
    return Math.abs(t) > 2 ? (t > 0 ? 'roll-back' : 'keep') : 'continue'
  })

function costs({ scenario }: Trial, { control, candidate }: ArmSamples) {
  const cost = (samples: Sample[]) => samples.map(({ value }) => (scenario.metric === 'latency' ? value : 1 - value))
  return { control: cost(control), candidate: cost(candidate) }
}
