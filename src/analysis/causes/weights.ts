import type { Weights } from './evidence.ts'

/**
 * The weight of each kind of evidence, in log odds; fitted on 1,200 generated fleets by `bench/causes/fit.ts`, except for the loads and the
 * recorded changes: few generated faults add load, and none is recorded, so theirs are set by hand.
 */
export const weights: Weights = {
  serviceTogether: 0.5,
  resourceTogether: 0.5,
  serviceRelative: 3.34,
  resourceRelative: 5.35,
  correlation: 1.5,
  correlationLead: 1,
  sizeLead: 0.93,
  early: 0.06,
  lost: 0.15,
  changed: 2.5,
  isSymptom: 1.98,
  isSymptomOfUnknownGraph: 0.68,
  noResource: 0.02,
  noService: 0.95,
  harmOfUnknownGraph: 2.06,
  relativeOfUnknownGraph: 1.58,
  ownHarm: 2.57,
  ownHarmOfAny: 0.92,
  endOfChain: 0.5,
  beyondChain: 1.16,
  degradedCallee: -0.5,
  unexplainedCallers: 1.52,
  loadFromOutside: 4,
  loadFromNowhere: 1.5,
  addedLoad: 1.5,
  unreachable: -2.42,
  distance: 2.44,
}
