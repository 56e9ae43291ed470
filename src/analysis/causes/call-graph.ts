/** The call graph, seen from a component. */
export class CallGraph {
  readonly known: boolean
  private readonly calleesBy = new Map<string, string[]>()
  private readonly callersBy = new Map<string, string[]>()

  constructor(edges: readonly (readonly [caller: string, callee: string])[] = []) {
    this.known = edges.length > 0
    for (const [caller, callee] of edges) {
      if (caller === callee) continue
      this.calleesBy.set(caller, [...(this.calleesBy.get(caller) ?? []), callee])
      this.callersBy.set(callee, [...(this.callersBy.get(callee) ?? []), caller])
    }
  }

  callees(component: string): readonly string[] {
    return this.calleesBy.get(component) ?? []
  }

  callers(component: string): readonly string[] {
    return this.callersBy.get(component) ?? []
  }

  /** Calls between a component and those that it depends on, directly or not; 0 for itself. */
  distancesFrom(component: string): Map<string, number> {
    const distances = new Map([[component, 0]])
    for (const [next, distance] of distances) {
      for (const callee of this.callees(next)) if (!distances.has(callee)) distances.set(callee, distance + 1)
    }
    return distances
  }

  /**
   * For each component that this one depends on, the strongest chain of calls to it: the weight of the weakest component on the way,
   * without the component at its end (the widest path; Pollack 1960).
   */
  chainsFrom(component: string, weight: (component: string) => number): Map<string, number> {
    const chains = new Map([[component, 1]])
    const open = new Set([component])
    while (open.size > 0) {
      const next = [...open].reduce((best, each) => (chains.get(each)! > chains.get(best)! ? each : best))
      open.delete(next)
      const onward = Math.min(chains.get(next)!, next === component ? 1 : weight(next))
      for (const callee of this.callees(next)) {
        if (onward <= (chains.get(callee) ?? -1)) continue
        chains.set(callee, onward)
        open.add(callee)
      }
    }
    return chains
  }
}
