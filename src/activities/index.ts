import type { Activities } from '../contract/activities.ts'
import { planProfiles } from '../reading/plan-profiles.ts'
import { createAskActivity, createRecordApprovalActivity } from './approval.ts'
import { createCollectActivity } from './collect.ts'
import { createConcludeActivity } from './conclude.ts'
import type { Dependencies } from './dependencies.ts'
import { createDetectActivity, createReadPlanActivity } from './detect.ts'
import { createExecuteActivity } from './execute.ts'
import { createGiveUpActivity } from './give-up.ts'
import { createLookActivity } from './look.ts'
import { createMeasureActivity } from './measure.ts'
import { createMonitorActivity } from './monitor.ts'
import { createPlanActivity } from './plan.ts'
import {
  createLoadPolicyActivity,
  createPauseActivity,
  createReadPolicyActivity,
  createRecordCommandToCycleActivity,
  createRecordPolicyChangeActivity,
  createRecordUnchangedPolicyActivity,
  createResumeActivity,
} from './policy.ts'
import { createReleaseKnobActivity } from './release.ts'
import { createRemoveExpiredActivity } from './remove-expired.ts'
import { createReportActivity } from './report.ts'
import { createReportProfilesActivity } from './report-profiles.ts'
import { createRequireAgentActivity } from './require-agent.ts'
import { createRestoreActivity } from './restore.ts'
import { buildRewindRecord, buildTrialRestoreRecord, withGiveUpRecord, withRestoreRecord } from './restore-record.ts'
import { createRewindActivity } from './rewind.ts'
import { createRollBackAllActivity } from './roll-back-all.ts'
import { createSetCadenceActivity, createStartFocusedCycleActivity, createTriggerCycleActivity } from './schedule.ts'
import { createSweepActivity } from './sweep.ts'
import { createTakeProfileActivity } from './take-profile.ts'
import { createWatchActivity } from './watch.ts'
import { withHeartbeat } from './with-heartbeat.ts'

/** All activities, with their dependencies. */
export function createActivities(dependencies: Dependencies): Activities {
  return {
    readPolicy: createReadPolicyActivity(dependencies),
    loadPolicy: createLoadPolicyActivity(dependencies),
    requireAgent: createRequireAgentActivity(dependencies),
    sweep: beating('sweep', createSweepActivity(dependencies)),
    watch: beating('watch', createWatchActivity(dependencies)),
    collect: beating('collect', createCollectActivity(dependencies)),
    detect: beating('detect', createDetectActivity(dependencies)),
    readPlan: beating('readPlan', createReadPlanActivity(dependencies)),
    plan: createPlanActivity(dependencies),
    ask: createAskActivity(dependencies),
    recordApproval: createRecordApprovalActivity(dependencies),
    execute: createExecuteActivity(dependencies),
    measure: createMeasureActivity(dependencies),
    look: createLookActivity(dependencies),
    restore: withRestoreRecord(dependencies.db, buildTrialRestoreRecord, createRestoreActivity(dependencies)),
    rewind: withRestoreRecord(dependencies.db, buildRewindRecord, createRewindActivity(dependencies)),
    giveUp: withGiveUpRecord(dependencies.db, createGiveUpActivity(dependencies)),
    conclude: createConcludeActivity(dependencies),
    report: createReportActivity(dependencies),
    setCadence: createSetCadenceActivity(dependencies),
    triggerCycle: createTriggerCycleActivity(dependencies),
    recordPolicyChange: createRecordPolicyChangeActivity(dependencies),
    recordUnchangedPolicy: createRecordUnchangedPolicyActivity(dependencies),
    recordCommandToCycle: createRecordCommandToCycleActivity(dependencies),
    pause: createPauseActivity(dependencies),
    resume: createResumeActivity(dependencies),
    release: createReleaseKnobActivity(dependencies),
    startFocusedCycle: createStartFocusedCycleActivity(dependencies),
    monitor: createMonitorActivity(dependencies),
    removeExpired: beating('removeExpired', createRemoveExpiredActivity(dependencies)),
    rollBackAll: createRollBackAllActivity(dependencies),
    planProfiles: async ({ request, page }) => await planProfiles(dependencies.db, request, page),
    takeProfile: createTakeProfileActivity(dependencies),
    reportProfiles: createReportProfilesActivity(dependencies),
  }
}

/** The activity with heartbeats while it works. */
const beating =
  <Input extends unknown[], Result>(doing: string, activity: (...input: Input) => Promise<Result>) =>
  (...input: Input) =>
    withHeartbeat(doing, () => activity(...input))
