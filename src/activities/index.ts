import type { Activities } from '../contract/activities.ts'
import { planProfiles } from '../reading/plan-profiles.ts'
import { createRecordApproval, createRequestApproval } from './approval.ts'
import { createCollect } from './collect.ts'
import { createConclude } from './conclude.ts'
import type { Dependencies } from './dependencies.ts'
import { createDetect, createReadPlan } from './detect.ts'
import { createExecute } from './execute.ts'
import { createGiveUp } from './give-up.ts'
import { createLook } from './look.ts'
import { createMeasure } from './measure.ts'
import { createMonitor } from './monitor.ts'
import { createPlan } from './plan.ts'
import {
  createLoadPolicy,
  createPause,
  createReadPolicy,
  createRecordCommandToCycle,
  createRecordPolicyChange,
  createRecordUnchangedPolicy,
  createResume,
} from './policy.ts'
import { describeRewind, describeTrialRestore, recordedGiveUp, recordedRestore } from './recorded-restore.ts'
import { createReleaseKnob } from './release.ts'
import { createRemoveExpired } from './remove-expired.ts'
import { createReport } from './report.ts'
import { createReportProfiles } from './report-profiles.ts'
import { createRequireAgent } from './require-agent.ts'
import { createRestore } from './restore.ts'
import { createRewind } from './rewind.ts'
import { createRollBackAll } from './roll-back-all.ts'
import { createSetCadence, createStartFocusedCycle, createTriggerCycle } from './schedule.ts'
import { createSweep } from './sweep.ts'
import { createTakeProfile } from './take-profile.ts'
import { createWatch } from './watch.ts'
import { withHeartbeat } from './with-heartbeat.ts'

/** All activities, with their dependencies. */
export function createActivities(dependencies: Dependencies): Activities {
  return {
    readPolicy: createReadPolicy(dependencies),
    loadPolicy: createLoadPolicy(dependencies),
    requireAgent: createRequireAgent(dependencies),
    sweep: beating('sweep', createSweep(dependencies)),
    watch: beating('watch', createWatch(dependencies)),
    collect: beating('collect', createCollect(dependencies)),
    detect: beating('detect', createDetect(dependencies)),
    readPlan: beating('readPlan', createReadPlan(dependencies)),
    plan: createPlan(dependencies),
    ask: createRequestApproval(dependencies),
    recordApproval: createRecordApproval(dependencies),
    execute: createExecute(dependencies),
    measure: createMeasure(dependencies),
    look: createLook(dependencies),
    restore: recordedRestore(dependencies.db, describeTrialRestore, createRestore(dependencies)),
    rewind: recordedRestore(dependencies.db, describeRewind, createRewind(dependencies)),
    giveUp: recordedGiveUp(dependencies.db, createGiveUp(dependencies)),
    conclude: createConclude(dependencies),
    report: createReport(dependencies),
    setCadence: createSetCadence(dependencies),
    triggerCycle: createTriggerCycle(dependencies),
    recordPolicyChange: createRecordPolicyChange(dependencies),
    recordUnchangedPolicy: createRecordUnchangedPolicy(dependencies),
    recordCommandToCycle: createRecordCommandToCycle(dependencies),
    pause: createPause(dependencies),
    resume: createResume(dependencies),
    release: createReleaseKnob(dependencies),
    startFocusedCycle: createStartFocusedCycle(dependencies),
    monitor: createMonitor(dependencies),
    removeExpired: beating('removeExpired', createRemoveExpired(dependencies)),
    rollBackAll: createRollBackAll(dependencies),
    planProfiles: async ({ request, page }) => await planProfiles(dependencies.db, request, page),
    takeProfile: createTakeProfile(dependencies),
    reportProfiles: createReportProfiles(dependencies),
  }
}

/** The activity with heartbeats while it works. */
const beating =
  <Input extends unknown[], Result>(doing: string, activity: (...input: Input) => Promise<Result>) =>
  (...input: Input) =>
    withHeartbeat(doing, () => activity(...input))
