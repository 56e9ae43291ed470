import { gunzipSync } from 'node:zlib'
import { activityInfo, Context } from '@temporalio/activity'
import { parseCollapsedStacks } from '../analysis/profiling/collapsed-stacks.ts'
import { findProfileRefusal } from '../analysis/profiling/permission.ts'
import { decodePprof } from '../analysis/profiling/pprof.ts'
import { buildWorkflowProfile } from '../analysis/profiling/workflow-profile.ts'
import type { Activities } from '../contract/activities.ts'
import type { ProfileTarget } from '../contract/profiles.ts'
import { maxProfileResponseBytes, type ProfileResponse, profileResponseSchema } from '../messaging/profiling.ts'
import { sendRequest } from '../messaging/request.ts'
import { getProfileSubject } from '../messaging/subjects.ts'
import { OptimizerError } from '../model/errors.ts'
import { getWorkflowTarget, type ProfileKind, type ProfileRequest, workerTarget } from '../model/performance-profile.ts'
import { pruneCallTree, type StackProfile } from '../model/stack-profile.ts'
import { maxExtraMs, profileProcess } from '../profiler/node-profiler.ts'
import type { Database } from '../store/database.ts'
import { findPerformanceProfileId, recordPerformanceProfile } from '../store/performance-profiles.ts'
import { listOpenTrials } from '../store/trials.ts'
import { loadWorkflowRuns } from '../temporal/workflow-runs.ts'
import type { Dependencies } from './dependencies.ts'
import { withHeartbeat } from './with-heartbeat.ts'

/** An instance that is busy, or on a busy machine, answers this much later than the profile takes. */
const patienceMs = maxExtraMs + 22_000
const hourMs = 3_600_000
/** Nodes of a call tree that are stored. */
const maxNodes = 3_000
/** Bytes of a pprof profile without its gzip. */
const longestPprof = 32 * 1024 * 1024

/**
 * Takes a profile and stores it, once for each run of the workflow.
 * @throws OptimizerError `profile-busy`, `agent-away`, `disk-full` (all retryable), `trial-running`, `invalid-profile`, or what the instance answers
 */
export function createTakeProfileActivity(dependencies: Dependencies): Activities['takeProfile'] {
  const { db } = dependencies
  return async ({ request, target }) => {
    const { workflowId, runId } = activityInfo().workflowExecution!
    const name = nameTarget(target)
    const instanceId = target.of === 'agent' ? target.instanceId : null
    const key = [workflowId, runId, name, instanceId].filter((part) => part !== null).join(' ')
    const stored = await findPerformanceProfileId(db, key)
    if (stored !== undefined) return { profileId: stored }
    if (target.of === 'agent') await assertUndisturbed(db, request, target.agentId)
    return await withHeartbeat(name, async () => {
      const content = await takeProfile(dependencies, target, Context.current().cancellationSignal)
      const { trigger, by: requestedBy, reason } = request
      const { trialId, arm, version } = target.of === 'agent' ? target : { trialId: null, arm: null, version: null }
      const kind: ProfileKind = target.of === 'workflows' ? 'workflow' : target.kind
      const asked = { trigger, requestedBy, reason, workflowId, runId }
      const profile = { target: name, instanceId, kind, ...asked, trialId, arm, version, content: limitProfile(content) }
      return { profileId: await recordPerformanceProfile(db, key, profile) }
    })
  }
}

/** A trial may have started since the profile was planned. @throws OptimizerError `trial-running` */
async function assertUndisturbed(db: Database, { trigger }: ProfileRequest, agentId: string): Promise<void> {
  const trial = (await listOpenTrials(db)).find((open) => open.agentId === agentId)
  const refusal = findProfileRefusal(trigger, agentId, trial?.id)
  if (refusal) throw new OptimizerError('trial-running', refusal)
}

function nameTarget(target: ProfileTarget): string {
  if (target.of === 'agent') return target.agentId
  return target.of === 'worker' ? workerTarget : getWorkflowTarget(target.type)
}

function limitProfile(profile: StackProfile): StackProfile {
  const { frames, nodes } = pruneCallTree(profile, maxNodes)
  return { ...profile, frames, nodes }
}

async function takeProfile(dependencies: Dependencies, target: ProfileTarget, signal: AbortSignal): Promise<StackProfile> {
  if (target.of === 'worker') return await profileProcess({ kind: target.kind, durationMs: target.seconds * 1_000, signal })
  if (target.of === 'workflows') {
    const now = Date.now()
    const windowMs = target.hours * hourMs
    const runs = await loadWorkflowRuns(dependencies.temporal, target.type, new Date(now - windowMs), now)
    return buildWorkflowProfile(runs, windowMs)
  }
  return await Promise.race([askInstance(dependencies, target), Context.current().cancelled])
}

/** Asks an instance to profile itself, and reads the answer in whichever format it is. */
async function askInstance(
  { nats }: Dependencies,
  { agentId, instanceId, kind, seconds }: Extract<ProfileTarget, { of: 'agent' }>,
): Promise<StackProfile> {
  const durationMs = seconds * 1_000
  const order = { kind, durationMs }
  const timeoutMs = durationMs + patienceMs
  const subject = getProfileSubject(agentId, instanceId)
  const response = await sendRequest(nats, subject, order, profileResponseSchema, timeoutMs, maxProfileResponseBytes).catch(
    (error: unknown) => {
      throw explainFailure(error, instanceId)
    },
  )
  const profile = readResponse(response, kind, durationMs)
  if (profile.unit === (kind === 'cpu' ? 'microseconds' : 'bytes')) return profile
  throw new OptimizerError(
    'invalid-profile',
    `${instanceId} was asked for a ${kind} profile but responded with values in ${profile.unit}.`,
  )
}

function readResponse(response: ProfileResponse, kind: 'cpu' | 'heap', durationMs: number): StackProfile {
  if (response.format === 'tree') return response.profile
  if (response.format === 'collapsed') return parseCollapsedStacks(response.stacks, response.unit, durationMs)
  return decodePprof(unzip(Buffer.from(response.data, 'base64')), kind, durationMs)
}

function unzip(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: longestPprof })
  } catch (cause) {
    throw new OptimizerError('invalid-profile', 'The gzip data of the pprof profile is corrupt, or it is larger than 32 MiB.', {
      cause,
    })
  }
}

function explainFailure(error: unknown, instanceId: string): unknown {
  if (!(error instanceof OptimizerError)) return error
  const failure = (code: string, message: string, retryable = false) =>
    new OptimizerError(code, message, { retryable, cause: error })
  switch (error.code) {
    case 'no-responder':
      return failure(
        'agent-away',
        `${instanceId} does not accept profile requests: it has stopped, or its client is too old.`,
        true,
      )
    case 'timeout':
      return failure(
        'agent-away',
        `${instanceId} did not respond in time: it has stopped, is overloaded, or its profile is larger than NATS accepts.`,
      )
    case 'invalid-answer':
      return failure('invalid-profile', `${instanceId} responded with something that is not a profile. ${error.message}`)
    case 'answer-too-large':
      return failure(
        'invalid-profile',
        `The profile of ${instanceId} is too large; have the instance omit small parts. ${error.message}`,
      )
    case 'profile-busy':
      return failure('profile-busy', `${instanceId}: ${error.message}`, true)
    default:
      return error
  }
}
