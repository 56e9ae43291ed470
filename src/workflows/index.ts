import type { Workflows } from '../contract/workflows.ts'
import { optimizer } from './control.ts'
import { optimizationCycle } from './cycle.ts'
import { restore } from './restore.ts'
import { trial } from './trial-workflow.ts'

export {
  optimizationCycle,
  optimizer,
  restore,
  trial,

  /** What clients start by name is what is registered here. */
}
;({ optimizationCycle, optimizer, restore, trial }) satisfies Workflows
