import type { Point } from '../space/space.ts'

/** Measurements of one metric, on a scale on which effects add up. */
export interface Data {
  points: Point[]
  /** Whose measurement it is: 0 for the agent as it is now, others for other agents or times. */
  tasks: number[]
  /** Minus what is expected of that task on average. */
  residuals: number[]
  /** Variances of the measurements. */
  noise: number[]
  /** Variance of the level of the task 0, and of any other one. */
  levels: { own: number; other: number }
}
