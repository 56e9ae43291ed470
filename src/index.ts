/** The library: connect to a running optimizer, run cycles, steer, read. */

export { OptimizerClient, type StartedWorkflow } from './client/optimizer.ts'
export type { Command, CycleInput } from './model/commands.ts'
export type { ControlStatus, CycleSummary } from './model/cycle.ts'
export { OptimizerError } from './model/errors.ts'
export type { Explanation } from './model/explanation.ts'
export type { KnobValues } from './model/knob.ts'
export type { Policy } from './model/policy.ts'
export type { ImpactSummary, OptimizationResult } from './model/result.ts'
export { explain } from './reading/explain.ts'
export { learning } from './reading/learning.ts'
