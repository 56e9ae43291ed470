import {
  ActivityFailure,
  ApplicationFailure,
  continueAsNew,
  isCancellation,
  patched,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow'
import type { ProfilePlan, ProfileRefusal, ProfileTarget } from '../contract/profiles.ts'
import type { ProfileOutcome, ProfileProgress } from '../contract/workflows.ts'
import { type ProfileRequest, type ProfileRequestInput, profileRequestSchema } from '../model/performance-profile.ts'
import { replaceInvisibleSender } from '../model/text.ts'
import { persistentActivities, profileActivities } from './activities.ts'
import { createInputFailure } from './update-rejection.ts'

/** How many profiles are taken at a time, when everything is asked for. */
const concurrent = 4
/** Agents that are planned at a time. */
const pageSize = 100
/** Lines and reasons that fit into a workflow's history; the record has them all. */
const maxLines = 20

/**
 * Takes profiles of agents, of the worker or of workflows (D2), and reports them. One that cannot be taken does not stop the others, and is
 * reported too; if none can, the workflow fails with the first reason. That of a large fleet continues in new runs.
 */
export async function profile(input: ProfileRequestInput, progress?: ProfileProgress): Promise<ProfileOutcome> {
  const parsed = profileRequestSchema.safeParse(replaceInvisibleSender(input))
  if (!parsed.success) {
    const form = '{"subject": {"of": "agent", "agentId": "…"}, "by": "…", "trigger": "person"}'
    throw createInputFailure(parsed.error, 'profile', form)
  }
  const request = parsed.data
  const earlier: ProfileProgress = progress ?? { ...(await plan(request)), profileIds: [], lines: [] }
  const { refused: refusedEarlier, moreRefused: moreEarlier = 0, profileIds, lines } = earlier
  let { targets, next } = earlier
  const refused: ProfileRefusal[] = []
  let moreRefused = moreEarlier
  const refuse = (others: readonly ProfileRefusal[]) => {
    const shown = others.slice(0, maxLines - refused.length)
    refused.push(...shown)
    moreRefused += others.length - shown.length
  }
  refuse(refusedEarlier)
  const reportsMeanwhile = patched('report-profiles-meanwhile')
  /** Those taken, but not reported yet. */
  let pending: number[] = []
  const report = async (refused: ProfileRefusal[]) => {
    const reported = await persistentActivities.reportProfiles({ profileIds: pending, refused })
    lines.push(...reported.lines.slice(0, maxLines - lines.length))
    pending = []
  }
  while (targets.length > 0 || next !== undefined) {
    if (targets.length === 0) {
      const page: ProfilePlan = await plan(request, next)
      refuse(page.refused)
      ;({ targets, next } = page)
      continue
    }
    const taken = await Promise.all(targets.slice(0, concurrent).map((target) => take(request, target)))
    targets = targets.slice(concurrent)
    // Those before are reported now that the next are taken, so that the report of an arm of a trial has the other.
    if (reportsMeanwhile && pending.length > 0) await report([])
    const ids = taken.filter((outcome) => typeof outcome === 'number')
    pending.push(...ids)
    profileIds.push(...ids)
    refuse(taken.filter((outcome) => typeof outcome !== 'number'))
    const isLeft = targets.length > 0 || next !== undefined
    if (reportsMeanwhile && isLeft && workflowInfo().continueAsNewSuggested) {
      await report([])
      await continueAsNew<typeof profile>(input, { targets, next, profileIds, lines, refused, moreRefused })
    }
  }
  const [first] = refused
  // The trial that began in the meantime tells more about the agent; nobody asked for this profile.
  const isNeedless = request.trigger === 'degradation' && profileIds.length === 0 && refused.every(isByTrial)
  const outcome = { profileIds, refused, ...(moreRefused > 0 && { moreRefused }) }
  if (isNeedless) return outcome
  const failure = profileIds.length === 0 && first ? ApplicationFailure.nonRetryable(first.reason, first.code) : undefined
  if (failure && !patched('report-refused-profiles')) throw failure
  await report(refused)
  if (failure) throw failure
  const left = refused.map(({ reason }) => `Not profiled: ${reason}`)
  setCurrentDetails(
    [...lines, ...left]
      .slice(0, maxLines)
      .map((line) => `- ${line}`)
      .join('\n'),
  )
  return outcome
}

const isByTrial = ({ code }: ProfileRefusal) => code === 'trial-running'

/** Profiles that were possible when the request was accepted may no longer be. @param after the agent before the first, if there is one */
async function plan(request: ProfileRequest, after?: string): Promise<ProfilePlan> {
  try {
    return await profileActivities.planProfiles({ request, page: { after, limit: pageSize } })
  } catch (error) {
    return { targets: [], refused: [toRefusal(error)] }
  }
}

async function take(request: ProfileRequest, target: ProfileTarget): Promise<number | ProfileRefusal> {
  try {
    return (await profileActivities.takeProfile({ request, target })).profileId
  } catch (error) {
    return toRefusal(error)
  }
}

/** @throws the error if it is a cancellation */
function toRefusal(error: unknown): ProfileRefusal {
  if (isCancellation(error)) throw error
  const cause = error instanceof ActivityFailure ? error.cause : undefined
  const code = (cause instanceof ApplicationFailure && cause.type) || 'failed'
  return { code, reason: cause?.message ?? String(error) }
}
