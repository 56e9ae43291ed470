import type { ArmSamples } from '../../model/trial.ts'
import type { JudgeOptions } from './options.ts'
import type { SwitchbackBlock } from './samples.ts'
import { type BlockPair, pairBlocks, selectFirstPairs } from './switchback.ts'

/** The samples judged at a look. */
export interface JudgedSamples extends ArmSamples {
  /** The same samples by pairs of blocks; empty unless the design is `switchback`. */
  pairs: readonly BlockPair[]
}

/** The samples so far, arranged for the design. */
export interface ArrangedSamples {
  counts: { control: number; candidate: number }
  /** How far the trial has progressed. */
  progress: number
  /** The samples as they were when the progress was `count`, so that error rates do not depend on when somebody looks. */
  upTo(count: number): JudgedSamples
}

/** @throws OptimizerError `unusable-samples` */
export function arrangeSamples(
  design: JudgeOptions['design'],
  arms: ArmSamples,
  blocks: readonly SwitchbackBlock[] | undefined,
  maxSamples: number,
): ArrangedSamples {
  if (design === 'switchback') return arrangePairs(pairBlocks(arms, blocks, maxSamples))
  const { control, candidate } = arms
  const counts = { control: control.length, candidate: candidate.length }
  if (design === 'before-after')
    return {
      counts,
      progress: counts.candidate,
      upTo: (count) => ({ control, candidate: candidate.slice(0, count), pairs: [] }),
    }
  return {
    counts,
    progress: Math.min(counts.control, counts.candidate),
    upTo(count) {
      const moment = Math.max(control[count - 1]!.at, candidate[count - 1]!.at)
      return { control: control.filter((s) => s.at <= moment), candidate: candidate.filter((s) => s.at <= moment), pairs: [] }
    },
  }
}

/** Without the beginning: the first samples of the candidate, and those of a control at the same time. */
export function omitInitialSamples(judged: JudgedSamples, design: JudgeOptions['design'], share: number): JudgedSamples {
  const from = judged.candidate[Math.floor(share * judged.candidate.length)]?.at ?? Number.NEGATIVE_INFINITY
  const since = (samples: JudgedSamples['control']) => samples.filter(({ at }) => at >= from)
  return {
    ...judged,
    control: design === 'concurrent' ? since(judged.control) : judged.control,
    candidate: since(judged.candidate),
  }
}

function arrangePairs(all: readonly BlockPair[]): ArrangedSamples {
  const whole = together(all)
  const counts = { control: whole.control.length, candidate: whole.candidate.length }
  return { counts, progress: Math.min(counts.control, counts.candidate), upTo: (count) => together(selectFirstPairs(all, count)) }
}

const together = (pairs: readonly BlockPair[]): JudgedSamples => ({
  control: pairs.flatMap((pair) => pair.control),
  candidate: pairs.flatMap((pair) => pair.candidate),
  pairs,
})
