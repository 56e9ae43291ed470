import { findProfileRefusal } from '../analysis/profiling/permission.ts'
import type { ProfilePage, ProfilePlan, ProfileRefusal, ProfileTarget } from '../contract/profiles.ts'
import { OptimizerError } from '../model/errors.ts'
import type { ProfileRequest, ProfileSubject } from '../model/performance-profile.ts'
import { listAgentsWithConfiguration, requireAgent } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { type KnownInstance, loadKnownInstances } from '../store/instance-liveness.ts'
import { listOpenTrials, type Trial } from '../store/trials.ts'

/** The optimizer's own workflows. */
const ownWorkflows = ['optimizationCycle', 'trial', 'restore', 'profile']
const usualHours = 24

type AgentSubject = Extract<ProfileSubject, { of: 'agent' }>

/**
 * Chooses the instances and workflows to profile.
 * @param page where everything is asked for, of these agents, and of the others at the end; by default, of all
 * @throws OptimizerError `unknown-agent`, `unknown-instance`, `agent-away`, `profiling-unsupported`, `trial-running`
 */
export async function planProfiles(db: Database, { subject, trigger }: ProfileRequest, page?: ProfilePage): Promise<ProfilePlan> {
  if (subject.of === 'worker') return { targets: [subject], refused: [] }
  if (subject.of === 'workflows') return { targets: planWorkflows(subject.hours, subject.type), refused: [] }
  if (subject.of === 'agent') {
    await requireAgent(db, subject.agentId)
    const { instances, trials } = await loadFleet(db, [subject.agentId])
    return { targets: planAgent(subject, trigger, instances, trials), refused: [] }
  }
  const agents = await listAgentsWithConfiguration(db, page)
  const { instances, trials } = await loadFleet(db, page && agents.map(({ agentId }) => agentId))
  const refused: ProfileRefusal[] = []
  const ofAgents = agents.flatMap(({ agentId }) => {
    try {
      return planAgent({ ...subject, of: 'agent', agentId }, trigger, instances, trials)
    } catch (error) {
      if (!(error instanceof OptimizerError)) throw error
      refused.push({ code: error.code, reason: error.message })
      return []
    }
  })
  if (page && agents.length >= page.limit) return { targets: ofAgents, refused, next: agents.at(-1)!.agentId }
  const { kind, seconds } = subject
  return { targets: [...ofAgents, { of: 'worker', kind, seconds }, ...planWorkflows(usualHours)], refused }
}

const planWorkflows = (hours: number, type?: string): ProfileTarget[] =>
  (type ? [type] : ownWorkflows).map((type) => ({ of: 'workflows', type, hours }))

async function loadFleet(db: Database, agentIds?: readonly string[]) {
  const [instances, trials] = await Promise.all([loadKnownInstances(db, { agentIds }), listOpenTrials(db)])
  return { instances, trials }
}

/**
 * The instances of an agent to profile: the one asked for, one of each arm of a running trial, or any that is live.
 * @throws OptimizerError `unknown-instance`, `agent-away`, `profiling-unsupported`, `trial-running`
 */
function planAgent(
  { agentId, instanceId, kind, seconds }: AgentSubject,
  trigger: ProfileRequest['trigger'],
  instances: ReadonlyMap<string, KnownInstance[]>,
  trials: readonly Trial[],
): ProfileTarget[] {
  const known = instances.get(agentId) ?? []
  if (instanceId && !known.some((instance) => instance.instanceId === instanceId))
    throw new OptimizerError('unknown-instance', `${agentId} has no instance ${instanceId}; npx optimizer status lists them.`)
  const wanted = known.filter((instance) => instanceId === undefined || instance.instanceId === instanceId)
  const live = wanted.filter(({ liveness }) => liveness === 'live')
  if (live.length === 0) {
    const who = instanceId ?? `Every instance of ${agentId}`
    throw new OptimizerError('agent-away', `${who} is not live, so it cannot be profiled; start it and try again.`)
  }
  const reachable = live.filter(({ transport }) => transport === 'nats')
  if (reachable.length === 0) {
    const how = live.some(({ transport }) => transport === 'http') ? 'is connected over HTTP' : 'only sends OpenTelemetry data'
    const message = `${instanceId ?? agentId} ${how}, so it cannot be asked for a profile; connect it over NATS.`
    throw new OptimizerError('profiling-unsupported', message)
  }
  const trial = trials.find((open) => open.agentId === agentId)
  const refusal = findProfileRefusal(trigger, agentId, trial?.id)
  if (refusal) throw new OptimizerError('trial-running', refusal)
  return chooseInstances(reachable, trial).map(({ instanceId, effectiveVersion }) => ({
    of: 'agent',
    agentId,
    instanceId,
    kind,
    seconds,
    version: effectiveVersion,
    trialId: trial?.id ?? null,
    arm: trial ? findArm(trial, instanceId) : null,
  }))
}

/** One of each arm that has any, otherwise the first. */
function chooseInstances(instances: readonly KnownInstance[], trial: Trial | undefined): KnownInstance[] {
  const ofArm = (arm: 'control' | 'candidate') => trial && instances.find(({ instanceId }) => findArm(trial, instanceId) === arm)
  const arms = [ofArm('candidate'), ofArm('control')].filter((instance) => instance !== undefined)
  return arms.length > 0 ? arms : instances.slice(0, 1)
}

function findArm({ candidateInstances, controlInstances, widenedInstances }: Trial, instanceId: string) {
  if (candidateInstances.includes(instanceId) || widenedInstances?.includes(instanceId)) return 'candidate'
  return controlInstances.includes(instanceId) ? 'control' : null
}
