import type { KnobPoint } from '../space/space.ts'

/** Measurements of one metric, on a scale on which effects add up. */
export interface TrainingData {
  points: KnobPoint[]
  /** The task that each belongs to: 0 is the agent as it is now, others are other agents or times. */
  tasks: number[]
  /** Features of each point whose coefficients are standard normal. */
  features: Float64Array[]
  /** Less the prior mean of the task. */
  residuals: number[]
  /** Variances of the measurements. */
  noise: number[]
  /** Variances of the level of task 0 and of any other task. */
  levels: { own: number; other: number }
}
