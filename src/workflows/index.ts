import type { Workflows } from '../contract/workflows.ts'
import { optimizer } from './control.ts'
import { optimizationCycle } from './cycle.ts'
import { profile } from './profile.ts'
import { restore } from './restore.ts'
import { trial } from './trial-workflow.ts'

export {
  optimizationCycle,
  optimizer,
  profile,
  restore,
  trial,

  /** Clients start workflows by these names. */
}
;({ optimizationCycle, optimizer, profile, restore, trial }) satisfies Workflows
