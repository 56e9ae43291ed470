import { activityInfo } from '@temporalio/activity'
import type { Activities } from '../contract/activities.ts'
import { OptimizerError } from '../model/errors.ts'
import { writeOutcomeOnce } from '../store/activity-answers.ts'
import { listKnobs, requireAgent } from '../store/agents.ts'
import { recordRelease } from '../store/releases.ts'
import type { Dependencies } from './dependencies.ts'

/** Records that a knob, or all knobs of an agent, may be tried again. @throws OptimizerError `unknown-agent`, `unknown-knob` */
export function createReleaseKnobActivity({ db }: Dependencies): Activities['release'] {
  return async ({ agentId, knob, by, reason }) => {
    await requireAgent(db, agentId)
    const names = (await listKnobs(db, agentId)).map(({ name }) => name)
    if (knob !== undefined && !names.includes(knob))
      throw new OptimizerError('unknown-knob', `${agentId} has no knob ${knob}; its knobs are ${names.join(', ')}.`)
    const { activityId, workflowExecution } = activityInfo()
    await writeOutcomeOnce(db, `release ${workflowExecution?.runId}/${activityId}`, async (trx) => {
      await recordRelease(trx, { agentId, knob: knob ?? null, by, reason })
      return {}
    })
  }
}
