import type { Workflows } from '../contract/workflows.ts'
import { optimizationCycle } from './cycle.ts'
import { monitoring } from './monitoring.ts'
import { optimizer } from './optimizer.ts'
import { profile } from './profile.ts'
import { restore } from './restore.ts'
import { retention } from './retention.ts'
import { trial } from './trial-workflow.ts'

export {
  monitoring,
  optimizationCycle,
  optimizer,
  profile,
  restore,
  retention,
  trial,

  /** Clients start workflows by these names. */
}
;({ monitoring, optimizationCycle, optimizer, profile, restore, retention, trial }) satisfies Workflows
