import { type ArmObservations, createJudge, createTrialJudge } from '../../src/analysis/judging/index.ts'
import type { ArmSamples, Sample } from '../../src/model/trial.ts'
import { type Bench, medianTime } from '../timing.ts'
import { printJudges } from './run.ts'
import { concurrent } from './scenarios.ts'
import { playTrial } from './trials.ts'

const SAMPLES = 200

/** The time of a look; with `judge` on the command line, also the error rates of judges as tables. */
export const judging: Bench = {
  name: 'judge',
  async run(argv) {
    if (argv) printJudges(argv)
    const trial = playTrial(concurrent[0]!, 'in step', SAMPLES, 1)
    const metric = { name: 'latency', direction: 'lower', kind: 'continuous' } as const
    const { look } = createJudge({ metric, design: 'concurrent', history: trial.history, maxSamples: SAMPLES })
    const all = trial.upTo(SAMPLES)
    const executions = (samples: readonly Sample[]): ArmObservations => ({
      executions: samples.map(({ at, instance, value }, i) => ({ at, instance, durationMs: value, success: i % 20 > 0 })),
      negotiations: [],
    })
    const arms = ({ control, candidate }: ArmSamples) => ({ control: executions(control), candidate: executions(candidate) })
    const options = { target: 'responseTime', design: 'concurrent', history: arms(trial.history), maxSamples: SAMPLES } as const
    const whole = createTrialJudge(options)
    return [
      { what: 'a look at 200 + 200 samples, 1,000 of history', medianMs: medianTime(() => look(all)), goalMs: 1 },
      {
        what: 'the same of a trial with its guardrails',
        medianMs: medianTime(() => whole.look(arms(all), { final: false })),
        goalMs: 1,
      },
    ]
  },
}
