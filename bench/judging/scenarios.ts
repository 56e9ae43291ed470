import type { JudgeOptions } from '../../src/analysis/judging/index.ts'

/** The figures counted, in percent of the trials. */
export type Figure = 'rolled back' | 'missed' | 'kept'

export interface Scenario {
  name: string
  metric: 'latency' | 'success'
  design: JudgeOptions['design']
  /** Effect of the change: relative for times, a difference of shares for successes. */
  effect?: number
  /** Share of requests that take five times as long after the change. */
  tail?: number
  /** How far the candidate instance inherently differs, in the units of `effect`. */
  unlike?: number
  /** A shock to both arms at the moment of the change. */
  shock?: number
  drift?: boolean
  /** Figures and their goals for 50 and for 200 samples: maxima, but minima for improvements kept. */
  figures: Partial<Record<Figure, [goal50: number | null, goal200: number | null]>>
}

const latency = (name: string, rest: Omit<Scenario, 'name' | 'metric' | 'design'>): Scenario => ({
  name,
  metric: 'latency',
  design: 'concurrent',
  ...rest,
})
const success = (name: string, rest: Omit<Scenario, 'name' | 'metric' | 'design'>): Scenario => ({
  ...latency(`success: ${name}`, rest),
  metric: 'success',
})
const harmless: Scenario['figures'] = { 'rolled back': [5, 5], kept: [2.5, 2.5] }

/** The scenarios and goals of `JUDGES.md`. */
export const concurrent: Scenario[] = [
  latency('nothing changes', { figures: harmless }),
  latency('nothing changes, load drifts', { drift: true, figures: harmless }),
  latency('nothing changes, candidate 15 % slower by nature', { unlike: 0.15, figures: harmless }),
  latency('both arms 20 % slower after the change', { shock: 0.2, figures: harmless }),
  latency('both arms 50 % slower after the change', { shock: 0.5, figures: { 'rolled back': [null, null], kept: [2.5, 2.5] } }),
  latency('10 % slower', { effect: 0.1, figures: { missed: [null, null] } }),
  latency('25 % slower', { effect: 0.25, figures: { missed: [32, 1.5] } }),
  latency('25 % slower, candidate 15 % faster by nature', { effect: 0.25, unlike: -0.15, figures: { missed: [33, 2] } }),
  latency('50 % slower', { effect: 0.5, figures: { missed: [1.7, null] } }),
  latency('harm in the tail only', { tail: 0.12, figures: { missed: [55, 8] } }),
  latency('15 % faster', { effect: -0.15, figures: { kept: [null, 85] } }),
  latency('25 % faster', { effect: -0.25, figures: { kept: [82, 100] } }),
  success('nothing changes', { figures: harmless }),
  success('candidate 3 points lower by nature', { unlike: -0.03, figures: harmless }),
  success('both arms 5 points lower after the change', { shock: -0.05, figures: { 'rolled back': [6, 6], kept: [2.5, 2.5] } }),
  success('10 points lower', { effect: -0.1, figures: { missed: [65, 38] } }),
]

/** A single instance that is compared with itself. */
export const single: Scenario[] = (['before-after', 'switchback'] as const).flatMap((design) =>
  [
    latency('nothing changes', { figures: harmless }),
    latency('nothing changes, load drifts', { drift: true, figures: harmless }),
    latency('25 % slower, load drifts', { effect: 0.25, drift: true, figures: { missed: [null, 40] } }),
    latency('25 % faster, load drifts', { effect: -0.25, drift: true, figures: { kept: [null, null] } }),
  ].map((scenario) => ({ ...scenario, design, name: `${design}: ${scenario.name}` })),
)
