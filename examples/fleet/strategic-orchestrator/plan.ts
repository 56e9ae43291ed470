/** Value of a share to an agent, with diminishing returns. */
const worth = (weight: number, share: number) => weight * Math.log1p(4 * share)

/** The most valuable division of a budget into steps, by dynamic programming; shares sum to 1. */
export function bestDivision(weights: readonly number[], steps: number): number[] {
  let best = [{ value: 0, shares: [] as number[] }]
  for (const [index, weight] of weights.entries()) {
    const last = index === weights.length - 1
    best = Array.from({ length: steps + 1 }, (_, used) => {
      let top = { value: Number.NEGATIVE_INFINITY, shares: [] as number[] }
      for (let before = 0; before < best.length && before <= used; before++) {
        const share = (used - before) / steps
        const value = best[before]!.value + worth(weight, share)
        if (value > top.value && (!last || used === steps)) top = { value, shares: [...best[before]!.shares, share] }
      }
      return top
    })
  }
  return best[steps]!.shares
}
