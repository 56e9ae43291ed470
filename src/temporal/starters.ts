/** Starts workflows by their contract. */
import { type Client, WithStartWorkflowOperation, type WorkflowHandle, type WorkflowStartOptions } from '@temporalio/client'
import type { SignalDefinition } from '@temporalio/common'
import {
  getAgentRestoreWorkflowId,
  getCycleWorkflowId,
  getProfileWorkflowId,
  getRestoreWorkflowId,
  getTrialWorkflowId,
  maxSummaryBytes,
  monitoringWorkflowId,
  optimizerWorkflowId,
  type WorkflowName,
  type Workflows,
} from '../contract/workflows.ts'
import type { AgentRestore, CycleWorkflowInput, TrialInput, TrialRestore } from '../model/commands.ts'
import { formatAssignments } from '../model/format.ts'
import type { KnobValues } from '../model/knob.ts'
import { nameProfileSubject, type ProfileRequest } from '../model/performance-profile.ts'
import { toCleanText, truncateToBytes } from '../model/text.ts'

/** Starts workflows through this client, on the task queue that the workers poll. */
export interface WorkflowStarter {
  temporal: Client
  taskQueue: string
}

/** For update-with-start: starts the `optimizer` workflow if it is not running. */
export function createOptimizerStartOperation({ taskQueue }: Pick<WorkflowStarter, 'taskQueue'>) {
  return new WithStartWorkflowOperation<Workflows['optimizer']>('optimizer', {
    workflowId: optimizerWorkflowId,
    taskQueue,
    args: [],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: 'Policy of the performance optimizer',
  })
}

/** Sends a signal to the `optimizer` workflow, which is started if it is not running. */
export async function signalOptimizerWorkflow<Argument>(
  { temporal, taskQueue }: WorkflowStarter,
  signal: SignalDefinition<[Argument]>,
  argument: Argument,
): Promise<void> {
  await temporal.workflow.signalWithStart<Workflows['optimizer'], [Argument]>('optimizer', {
    workflowId: optimizerWorkflowId,
    taskQueue,
    args: [],
    signal,
    signalArgs: [argument],
    staticSummary: 'Policy of the performance optimizer',
  })
}

/** Starts the workflow that monitors, unless it runs. */
export async function startMonitoring({ temporal, taskQueue }: WorkflowStarter): Promise<void> {
  await temporal.workflow.start<Workflows['monitoring']>('monitoring', {
    workflowId: monitoringWorkflowId,
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue,
    args: [],
    staticSummary: 'Monitoring of hosts, processes and agents',
  })
}

/**
 * Starts a cycle, at most one for requests made at the same time.
 * @throws WorkflowExecutionAlreadyStartedError
 */
export async function startCycle(
  starter: WorkflowStarter,
  input: CycleWorkflowInput,
  askedAt = new Date(),
): Promise<WorkflowHandle<Workflows['optimizationCycle']>> {
  const title = input.dryRun ? 'Dry run of an optimization cycle' : 'Optimization cycle'
  return await start(starter, 'optimizationCycle', {
    workflowId: getCycleWorkflowId(askedAt),
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    args: [input],
    staticSummary: `${title} of ${input.target ?? 'the whole fleet'}`,
  })
}

export async function startTrial(starter: WorkflowStarter, input: TrialInput): Promise<WorkflowHandle<Workflows['trial']>> {
  return await start(starter, 'trial', {
    workflowId: getTrialWorkflowId(input.strategyId),
    args: [input],
    staticSummary: `${input.requestedBy} tries ${formatAssignments(toAssignments(input.values))} on ${input.agentId}`,
  })
}

/** Starts the workflow that restores the configuration from before a trial, or returns the running one. */
export async function startRestore(
  starter: WorkflowStarter,
  { id, agentId }: { id: string; agentId: string },
  { reason, requestedBy, harmful }: Omit<TrialRestore, 'trialId'> = {},
): Promise<WorkflowHandle<Workflows['restore']>> {
  return await start(starter, 'restore', {
    workflowId: getRestoreWorkflowId(id),
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [{ trialId: id, reason: reason && toCleanText(reason), requestedBy, ...(harmful && { harmful }) }],
    staticSummary: `Restore ${agentId} as it was before ${id}`,
  })
}

/** Starts the workflow that gives an agent the settings that a person chose. */
export async function startAgentRestore(
  starter: WorkflowStarter,
  input: AgentRestore,
): Promise<WorkflowHandle<Workflows['restore']>> {
  return await start(starter, 'restore', {
    workflowId: getAgentRestoreWorkflowId(input, new Date()),
    args: [input],
    staticSummary: describeAgentRestore(input),
  })
}

/** Starts the workflow that takes a profile, or returns the one that is already taking the same profile. */
export async function startProfile(
  starter: WorkflowStarter,
  request: ProfileRequest,
): Promise<WorkflowHandle<Workflows['profile']>> {
  return await start(starter, 'profile', {
    workflowId: getProfileWorkflowId(request),
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [request],
    staticSummary: `Profile of ${nameProfileSubject(request.subject)}, for ${request.by}`,
  })
}

function describeAgentRestore({ agentId, to, by }: AgentRestore): string {
  if (typeof to === 'object') return `${by} sets ${formatAssignments(toAssignments(to))} on ${agentId}`
  return `${by} restores ${agentId} to ${typeof to === 'number' ? `version ${to}` : to}`
}

const toAssignments = (values: KnobValues) => Object.entries(values).map(([knob, value]) => ({ knob, value }))

async function start<Name extends WorkflowName>(
  { temporal, taskQueue }: WorkflowStarter,
  name: Name,
  {
    staticSummary,
    ...options
  }: Omit<WorkflowStartOptions<Workflows[Name]>, 'taskQueue' | 'staticSummary'> & { staticSummary: string },
): Promise<WorkflowHandle<Workflows[Name]>> {
  const shown = { staticSummary: truncateToBytes(staticSummary, maxSummaryBytes) }
  const complete = { ...options, ...shown, taskQueue } as WorkflowStartOptions<Workflows[Name]>
  return await temporal.workflow.start<Workflows[Name]>(name, complete)
}
