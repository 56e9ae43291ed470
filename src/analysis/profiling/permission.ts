import type { ProfileTrigger } from '../../model/performance-profile.ts'

const asking: Record<ProfileTrigger, string> = {
  schedule: 'profiling_schedule',
  orchestrator: 'the orchestrator',
  degradation: 'enable_auto_profiling',
  person: 'a person',
}

/** Why an agent is not profiled now: during a trial, only a person may request it. Undefined if it may be profiled. */
export function findProfileRefusal(
  trigger: ProfileTrigger,
  agentId: string,
  openTrialId: string | undefined,
): string | undefined {
  if (!openTrialId || trigger === 'person') return undefined
  const remedy = `npx optimizer profile take ${agentId} takes one anyway`
  return `${openTrialId} is running on ${agentId}, and profiles requested by ${asking[trigger]} must not disturb a trial; ${remedy}.`
}
