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
const EFFECT = 1
const FAST = 2
const SLOW = 3
const CYCLE = 4
const HEADING = 5
/** Periods after which a cycle is forgotten. */
const LASTING = 5
/** Variance of an unknown state, relative to the noise's 1. */
const DIFFUSE = 1e4

/**
 * A Kalman filter over values that come at any times. Its states are a constant level, the effect of a change, which only changed values
 * carry (intervention analysis, Box & Tiao 1975), and the movements; those that a movement does not have are left out.
 */
export class StateSpace {
  private readonly size: number
  private readonly means: Float64Array
  private readonly covariances: Float64Array
  private readonly gains: Float64Array
  private at = Number.NaN
  private count = 0
  private logDeterminant = 0
  private squares = 0
  readonly movement: StateSpaceParameters

  constructor(movement: StateSpaceParameters) {
    this.movement = movement
    const cycle = movement.cycle?.variance ?? 0
    const initial = [DIFFUSE, DIFFUSE, 1 - movement.white, movement.slowVariance, cycle, cycle]
    this.size = movement.cycle ? HEADING + 1 : movement.slowVariance > 0 ? SLOW + 1 : FAST + 1
    this.means = new Float64Array(this.size)
    this.gains = new Float64Array(this.size)
    this.covariances = new Float64Array(this.size * this.size)
    for (let i = 0; i < this.size; i++) this.covariances[i * this.size + i] = initial[i]!
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
    const { means, covariances, gains, size } = this
    let surprise = value
    let spread = this.movement.white
    const observed = Math.min(size, HEADING)
    for (let i = 0; i < size; i++) {
      let gain = 0
      for (let j = 0; j < observed; j++) gain += covariances[i * size + j]!
      gains[i] = gain
    }
    // What has not happened yet is known as little as before.
    if (!changed) gains[EFFECT] = 0
    for (let i = 0; i < observed; i++) {
      spread += gains[i]!
      surprise -= means[i]!
    }
    for (let i = 0; i < size; i++) {
      const share = gains[i]! / spread
      means[i]! += share * surprise
      for (let j = 0; j < size; j++) covariances[i * size + j]! -= share * gains[j]!
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
    this.revert(FAST, Math.exp(-elapsed / fast), 1 - white)
    if (this.size > SLOW) this.revert(SLOW, Math.exp(-elapsed / slow), slowVariance)
    if (!cycle) return
    this.turn((2 * Math.PI * elapsed) / cycle.period, Math.exp(-elapsed / cycle.period / LASTING), cycle.variance)
  }

  /** Advances the cycle by an angle, while it is forgotten. */
  private turn(angle: number, remaining: number, stationary: number): void {
    const { means, covariances, size } = this
    const cos = remaining * Math.cos(angle)
    const sin = remaining * Math.sin(angle)
    const a = means[CYCLE]!
    const b = means[HEADING]!
    means[CYCLE] = cos * a + sin * b
    means[HEADING] = cos * b - sin * a
    for (let i = 0; i < size; i++) {
      const row = i * size
      const x = covariances[row + CYCLE]!
      const y = covariances[row + HEADING]!
      covariances[row + CYCLE] = cos * x + sin * y
      covariances[row + HEADING] = cos * y - sin * x
    }
    const cycle = CYCLE * size
    const heading = HEADING * size
    for (let j = 0; j < size; j++) {
      const x = covariances[cycle + j]!
      const y = covariances[heading + j]!
      covariances[cycle + j] = cos * x + sin * y
      covariances[heading + j] = cos * y - sin * x
    }
    covariances[cycle + CYCLE]! += stationary * (1 - remaining ** 2)
    covariances[heading + HEADING]! += stationary * (1 - remaining ** 2)
  }

  private revert(state: number, remaining: number, stationary: number): void {
    const { means, covariances, size } = this
    means[state]! *= remaining
    for (let j = 0; j < size; j++) {
      covariances[state * size + j]! *= remaining
      covariances[j * size + state]! *= remaining
    }
    covariances[state * size + state]! += stationary * (1 - remaining ** 2)
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
    return { value: this.means[EFFECT]!, variance: this.covariances[EFFECT * this.size + EFFECT]! }
  }
}
