import type { FeatureWeights } from './evidence.ts'

/**
 * The weight of each kind of evidence, in log odds; fitted on 1,200 generated fleets by `bench/causes/fit.ts`. Few generated faults add load,
 * none has a recorded change, and none is one of the entry, so the weights of the loads, of `changed` and of `isSymptomAtEntry` are set by hand.
 */
export const featureWeights: FeatureWeights = {
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
  isSymptomAtEntry: -1,
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
