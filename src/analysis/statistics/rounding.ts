/** Removes the noise of binary fractions: 0.7 − 0.62 is 0.08, not 0.07999999999999996. */
export function stripFloatNoise(value: number): number {
  return Number(value.toFixed(9))
}

/** Rounded to a number of decimals, as figures are shown and stored. */
export function roundToDecimals(value: number, decimals = 1): number {
  const factor = 10 ** decimals
  // Adding 0 turns −0 into 0.
  return Math.round(stripFloatNoise(value * factor)) / factor + 0
}
