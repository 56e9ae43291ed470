/**
 * How a series moves when nothing is changed: white noise, a fast and a slow mean-reverting movement (Ornstein-Uhlenbeck), and
 * a cycle, such as that of load (the stochastic cycle of Harvey 1989).
 */
export interface StateSpaceParameters {
  /** Time constants of the reversion, in the unit of the filter's times. */
  fast: number
  slow: number
  /** Variance of the white noise; the fast movement's is 1 minus this. */
  white: number
  slowVariance: number
  /** The cycle, if there is one. */
  cycle?: { period: number; variance: number }
}

// States: 0 is the constant level. The last is not observed: where the cycle is heading.
const SLOW = 1
const FAST = 2
const CYCLE = 3
const EFFECT = 4
const HEADING = 5
const STATES = 6
/** Periods after which a cycle is forgotten. */
const LASTING = 5
/** Variance of an unknown state, relative to the noise's 1. */
const DIFFUSE = 1e4

/**
 * A Kalman filter over values that come at any times. Its states are a constant level, the movements, and the effect
 * of a change, which only changed values carry (intervention analysis, Box & Tiao 1975).
 */
export class StateSpace {
  private readonly means = new Float64Array(STATES)
  private readonly covariances = new Float64Array(STATES * STATES)
  private readonly gains = new Float64Array(STATES)
  private at = Number.NaN
  private count = 0
  private logDeterminant = 0
  private squares = 0
  readonly movement: StateSpaceParameters

  constructor(movement: StateSpaceParameters) {
    this.movement = movement
    const cycle = movement.cycle?.variance ?? 0
    const initial = [DIFFUSE, movement.slowVariance, 1 - movement.white, cycle, DIFFUSE, cycle]
    for (let i = 0; i < STATES; i++) this.covariances[i * STATES + i] = initial[i]!
  }

  copy(): StateSpace {
    const copy = new StateSpace(this.movement)
    copy.means.set(this.means)
    copy.covariances.set(this.covariances)
    copy.at = this.at
    copy.count = this.count
    copy.logDeterminant = this.logDeterminant
    copy.squares = this.squares
    return copy
  }

  observe(at: number, value: number, changed: boolean): void {
    this.advance(at)
    const { means, covariances, gains } = this
    const carried = changed ? EFFECT + 1 : EFFECT
    let surprise = value
    let spread = this.movement.white
    for (let i = 0; i < STATES; i++) {
      let gain = 0
      for (let j = 0; j < carried; j++) gain += covariances[i * STATES + j]!
      gains[i] = gain
      if (i < carried) {
        spread += gain
        surprise -= means[i]!
      }
    }
    for (let i = 0; i < STATES; i++) {
      means[i]! += (gains[i]! * surprise) / spread
      for (let j = 0; j < STATES; j++) covariances[i * STATES + j]! -= (gains[i]! * gains[j]!) / spread
    }
    this.count++
    this.logDeterminant += Math.log(spread)
    this.squares += (surprise * surprise) / spread
  }

  private advance(at: number): void {
    const elapsed = at - this.at
    this.at = at
    if (!(elapsed > 0)) return
    const { fast, slow, white, slowVariance, cycle } = this.movement
    this.revert(SLOW, Math.exp(-elapsed / slow), slowVariance)
    this.revert(FAST, Math.exp(-elapsed / fast), 1 - white)
    if (!cycle) return
    this.turn((2 * Math.PI * elapsed) / cycle.period)
    const remaining = Math.exp(-elapsed / cycle.period / LASTING)
    this.revert(CYCLE, remaining, cycle.variance)
    this.revert(HEADING, remaining, cycle.variance)
  }

  /** Advances the cycle by an angle. */
  private turn(angle: number): void {
    const { means, covariances } = this
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
    const rotate = (values: Float64Array, cycle: number, heading: number) => {
      const [a, b] = [values[cycle]!, values[heading]!]
      values[cycle] = cos * a + sin * b
      values[heading] = cos * b - sin * a
    }
    rotate(means, CYCLE, HEADING)
    for (let i = 0; i < STATES; i++) rotate(covariances, i * STATES + CYCLE, i * STATES + HEADING)
    for (let i = 0; i < STATES; i++) rotate(covariances, CYCLE * STATES + i, HEADING * STATES + i)
  }

  private revert(state: number, remaining: number, stationary: number): void {
    this.means[state]! *= remaining
    for (let j = 0; j < STATES; j++) {
      this.covariances[state * STATES + j]! *= remaining
      this.covariances[j * STATES + state]! *= remaining
    }
    this.covariances[state * STATES + state]! += stationary * (1 - remaining ** 2)
  }

  /** Log likelihood of the values so far, with the scale at its best. */
  get likelihood(): number {
    return -(this.count * Math.log(Math.max(this.scale, 1e-12)) + this.logDeterminant) / 2
  }

  /** Variance of the noise, estimated from the surprises so far. */
  get scale(): number {
    return this.squares / this.count
  }

  /** The effect so far, and its variance relative to `scale`. */
  get effect(): { value: number; variance: number } {
    return { value: this.means[EFFECT]!, variance: this.covariances[EFFECT * STATES + EFFECT]! }
  }
}
