/**
 * The distribution of one view's recent values: two blocks of counts in bins that grow geometrically on both sides of the median. The
 * older block is dropped when the newer one is full, so the tail remembers between one and two blocks in constant memory.
 */
export interface Tail {
  /** The first values, until there are enough for a median and a scale. */
  first: number[] | null
  median: number
  /** The lower edge of the first bin, as a distance from the median. */
  unit: number
  /** Counts by bin: the bins above the median, then the bins below it. */
  newer: Uint16Array
  older: Uint16Array
  newerCount: number
  olderCount: number
  /** Above and below the median: where the tail begins, and the mean logarithm of the excess over it. */
  begins: [number, number]
  excess: [number, number]
  /** Points per point in the tail. */
  rarity: number
  /** The bins of the newest values, the newest last, after as many `noBin` as are missing: those of a fault are removed again. */
  latest: Uint8Array
}

const growth = Math.log(1.12)
const bins = 84
/** Points of a block: a tail that has seen as many remembers at least as many. */
export const pointsPerBlock = 3000
const firstCount = 40
/** The share of the points that forms the tail on each side: from these a detector learns what is rare. */
export const tailShare = 0.02
const minInTail = 4
/** Added to the mean log excess, so that a view with a short tail is not certain at once. */
const minExcess = 0.08
const refitEvery = 16
/** Values that can be removed again. */
const removable = 12
const noBin = 255

/** Tails that share their memory: an array for each block would take much more of it. */
export function createTails(count: number): Tail[] {
  const counts = new Uint16Array(count * 4 * bins)
  const latest = new Uint8Array(count * removable).fill(noBin)
  return Array.from({ length: count }, (_, i) => ({
    first: [],
    median: 0,
    unit: 1,
    newer: counts.subarray(4 * i * bins, (4 * i + 2) * bins),
    older: counts.subarray((4 * i + 2) * bins, (4 * i + 4) * bins),
    newerCount: 0,
    olderCount: 0,
    begins: [0, 0],
    excess: [0, 0],
    rarity: 1,
    latest: latest.subarray(i * removable, (i + 1) * removable),
  }))
}

/** Adds a value. `floor` is the smallest deviation that matters, in the unit of the value. */
export function addToTail(tail: Tail, value: number, floor: number): void {
  if (tail.first) {
    tail.first.push(value)
    if (tail.first.length === firstCount) begin(tail, tail.first, floor)
    return
  }
  tail.latest.copyWithin(0, 1)
  tail.latest[removable - 1] = count(tail, value)
  if (tail.newerCount % refitEvery === 0 || tail.newerCount + tail.olderCount < 200) fitTails(tail)
  if (tail.newerCount >= pointsPerBlock) {
    startBlock(tail, floor)
    fitTails(tail)
  }
}

/**
 * The surprise of a value: the negative decimal logarithm of the probability of one at least as far out, 0 within the bulk. Beyond the
 * tail's beginning the distribution is taken as a Pareto distribution (Hill, 1975), so that values never seen before are ranked too.
 */
export function scoreTail(tail: Tail, value: number, floor: number): number {
  if (tail.first) return 0
  const side = value >= tail.median ? 0 : 1
  const distance = Math.abs(value - tail.median)
  const own = tail.begins[side]
  const begins = Math.max(own, floor)
  if (distance <= begins) return 0
  const excess = Math.max(0, tail.excess[side] - Math.log(begins / own)) + minExcess
  return Math.log10(tail.rarity) + Math.log10(distance / begins) / excess
}

/** Removes the newest values, as many as are given and still known. */
export function removeLatestValues(tail: Tail, values: number): void {
  if (tail.first || values <= 0) return
  for (let i = 0; i < values && tail.latest[removable - 1] !== noBin; i++) {
    tail.newer[tail.latest[removable - 1]!]!--
    tail.newerCount--
    tail.latest.copyWithin(1, 0)
    tail.latest[0] = noBin
  }
  fitTails(tail)
}

/** The interval within which all but the tails lie, relative to the same zero as the values. */
export function getBulkInterval(tail: Tail): [number, number] {
  if (!tail.first) return [tail.median - tail.begins[1], tail.median + tail.begins[0]]
  return [Math.min(0, ...tail.first), Math.max(0, ...tail.first)]
}

function begin(tail: Tail, values: number[], floor: number): void {
  const middle = firstCount / 2
  tail.median = values.toSorted((a, b) => a - b)[middle] ?? 0
  const distances = values.map((value) => Math.abs(value - tail.median)).sort((a, b) => a - b)
  tail.unit = unitOf(distances[middle] ?? 0, floor)
  tail.first = null
  for (const value of values) count(tail, value)
  fitTails(tail)
}

/** An eighth of the typical distance from the median. */
function unitOf(typicalDistance: number, floor: number): number {
  return Math.max(typicalDistance / 8, floor / 8, 1e-12)
}

function count(tail: Tail, value: number): number {
  const bin = binOf(value - tail.median, tail.unit)
  tail.newer[bin]!++
  tail.newerCount++
  return bin
}

function binOf(deviation: number, unit: number): number {
  const distance = Math.abs(deviation)
  const bin = distance <= unit ? 0 : Math.min(bins - 1, Math.floor(Math.log(distance / unit) / growth))
  return deviation >= 0 ? bin : bins + bin
}

function deviationOf(index: number, unit: number): number {
  const bin = index % bins
  return bin === 0 ? 0 : (index < bins ? 1 : -1) * distanceOf(bin, unit)
}

function distanceOf(bin: number, unit: number): number {
  return unit * Math.exp((bin + 0.5) * growth)
}

/** Makes the newer block the older one, in bins around the present median. */
function startBlock(tail: Tail, floor: number): void {
  const median = tail.median + quantile(tail, 0.5)
  const unit = unitOf((quantile(tail, 0.75) - quantile(tail, 0.25)) / 2, floor)
  tail.older.fill(0)
  tail.newer.forEach((points, index) => {
    if (points > 0) tail.older[binOf(tail.median + deviationOf(index, tail.unit) - median, unit)]! += points
  })
  tail.newer.fill(0)
  tail.latest.fill(noBin)
  Object.assign(tail, { median, unit, olderCount: tail.newerCount, newerCount: 0 })
}

/** A quantile of the deviations from the median. */
function quantile(tail: Tail, share: number): number {
  let left = share * (tail.newerCount + tail.olderCount)
  for (let position = 0; position < 2 * bins; position++) {
    const index = position < bins ? 2 * bins - 1 - position : position - bins
    left -= tail.newer[index]! + tail.older[index]!
    if (left <= 0) return deviationOf(index, tail.unit)
  }
  return 0
}

function fitTails(tail: Tail): void {
  const total = tail.newerCount + tail.olderCount
  const size = Math.max(minInTail, Math.floor(tailShare * total))
  tail.rarity = total / size
  for (const side of [0, 1] as const) {
    let inside = 0
    let sum = 0
    let bin = bins - 1
    for (; bin > 0; bin--) {
      const points = tail.newer[side * bins + bin]! + tail.older[side * bins + bin]!
      if (inside + points > size) break
      inside += points
      sum += points * bin
    }
    tail.begins[side] = distanceOf(bin, tail.unit)
    tail.excess[side] = ((sum - inside * bin) * growth) / size
  }
}
