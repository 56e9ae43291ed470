import { Client, Connection } from '@temporalio/client'
import type { Config } from '../config/config.ts'
import type { RestoreResult } from '../contract/activities.ts'
import { commandUpdate, giveUpUpdate } from '../contract/messages.ts'
import { type CycleResult, getRestoreWorkflowId, type ProfileOutcome } from '../contract/workflows.ts'
import type { ApprovalDecisionInput, ApprovalOutcome } from '../model/approval.ts'
import {
  type AgentRestore,
  agentRestoreSchema,
  type Command,
  type CycleInput,
  cycleInputSchema,
  keepRequestSchema,
  type OperatorNote,
  rollbackRequestSchema,
} from '../model/commands.ts'
import type { OptimizerState } from '../model/cycle.ts'
import { OptimizerError } from '../model/errors.ts'
import type { KnobValues } from '../model/knob.ts'
import { type ProfileRequestInput, profileRequestSchema } from '../model/performance-profile.ts'
import type { Policy } from '../model/policy.ts'
import { planProfiles } from '../reading/plan-profiles.ts'
import { readOptimizerState } from '../reading/policy.ts'
import { readAddresses } from '../servers/addresses.ts'
import { requireAgent } from '../store/agents.ts'
import { listOpenApprovals } from '../store/approvals.ts'
import { type Database, openDatabase, pingDatabase } from '../store/database.ts'
import { forgetAgent } from '../store/forgetting.ts'
import { resolveRequestedSettings } from '../store/requested-settings.ts'
import { findLatestRestore } from '../store/restores.ts'
import { findConfiguredTemporal, resolveTemporalConnection } from '../temporal/connection.ts'
import { findRunningRestore, listRunningRestores, type RunningRestore } from '../temporal/running-restores.ts'
import { getCycleSchedule } from '../temporal/schedule.ts'
import { createOptimizerStartOperation, startAgentRestore, startCycle, startProfile } from '../temporal/starters.ts'
import { clientInterceptors, waitForWorkflowResult } from '../temporal/waiting.ts'
import { withdrawApproval } from '../temporal/withdraw-approval.ts'
import { decideApproval } from './decide.ts'
import { findConfig } from './find-config.ts'
import { type KeepOutcome, keepTrial } from './keep.ts'
import { recordRequest } from './record-request.ts'
import { rollBackTrial } from './roll-back.ts'
import type { StartedRollback, StartedTrial, StartedWorkflow } from './started-workflow.ts'
import { tryChange } from './try.ts'

/** A client of a running performance optimizer: cycles, commands, trials, restores. */
export class OptimizerClient {
  readonly temporal: Client
  readonly db: Database
  readonly config: Config

  /** Uses open connections; see `connect`. */
  constructor(temporal: Client, db: Database, config: Config) {
    this.temporal = temporal
    this.db = db
    this.config = config
  }

  /**
   * Connects to the addresses in the environment, otherwise to the optimizer that `npm start` started on the data folder.
   * @throws OptimizerError `not-running`, `unreachable`.
   */
  static async connect(config: Config = findConfig()): Promise<OptimizerClient> {
    const { client, connection, address } = open(config)
    // Both at once. Problems with PostgreSQL surface in the first query.
    await Promise.all([connection.ensureConnected(), pingDatabase(client.db).catch(() => undefined)]).catch(async (cause) => {
      await client.close()
      throw new OptimizerError('unreachable', `Temporal is not responding at ${address}; start it with npm start.`, { cause })
    })
    return client
  }

  /**
   * The same for reading: what the database knows is also there while Temporal does not answer.
   * @throws OptimizerError `not-running`
   */
  static openForReading(config: Config = findConfig()): OptimizerClient {
    return open(config).client
  }

  /**
   * Starts an ad-hoc cycle (A7).
   * @param by who requests it, for the audit log
   * @param reason why, for the audit log
   * @throws OptimizerError `unknown-agent`; ZodError if the input is invalid.
   */
  async startCycle(input: CycleInput = {}, by?: string, reason = ''): Promise<StartedWorkflow<CycleResult>> {
    const { target } = cycleInputSchema.parse(input)
    if (target) await requireAgent(this.db, target)
    const handle = await startCycle(this, input)
    if (by)
      await recordRequest(this.db, {
        action: 'cycle.requested',
        actor: by,
        subject: target,
        reason,
        workflowId: handle.workflowId,
        detail: input,
      })
    return { workflowId: handle.workflowId, result: (signal) => waitForWorkflowResult(handle, signal) }
  }

  /** Runs one cycle to its end (B18). */
  async runCycle(input: CycleInput = {}): Promise<CycleResult> {
    return await (await this.startCycle(input)).result()
  }

  /**
   * Tries a person's own change under the same judge. A request that is refused starts nothing.
   * @param reason why, for the audit log
   * @throws OptimizerError `unknown-agent`, `out-of-bounds`, `needs-restart`, `no-change`, `unusable-objective`; ZodError if a name or value
   * is invalid.
   */
  async tryChange(agentId: string, values: KnobValues, requestedBy: string, reason = ''): Promise<StartedTrial> {
    return await tryChange(this, { agentId, values, requestedBy }, reason)
  }

  /**
   * Rolls back a running or a kept trial. The result resolves once every instance is verified to run with the previous configuration.
   * @param harmful whether the change did harm; it then counts against the optimizer, as if the judge had rolled it back
   * @throws OptimizerError `unknown-trial`; ZodError if the request has no name.
   */
  async rollBack(trialId: string, by = 'a person', reason = '', harmful = false): Promise<StartedRollback> {
    return await rollBackTrial(this, rollbackRequestSchema.parse({ trialId, by, reason, ...(harmful && { harmful }) }))
  }

  /**
   * Approves or declines a trial that waits for approval. Returns the decision in force, which is the first one made.
   * @throws OptimizerError `unknown-trial`, `not-waiting`; ZodError if the decision has no name.
   */
  async decide(trialId: string, decision: ApprovalDecisionInput): Promise<ApprovalOutcome> {
    return await decideApproval(this, trialId, decision)
  }

  /**
   * Ends a running trial and keeps its change on every instance, proven or not. `kept` is false if it was rolled back first, by the
   * judge or somebody else; `silent` lists the instances that get the change when they respond again.
   * @throws OptimizerError `unknown-trial`, `trial-over`; ZodError if the request has no name.
   */
  async keep(trialId: string, by: string, reason = ''): Promise<StartedWorkflow<KeepOutcome>> {
    return await keepTrial(this, keepRequestSchema.parse({ trialId, by, reason }))
  }

  /**
   * Restores all settings of an agent to a version or a time (E5), or sets some; a trial running on it ends. The result resolves once
   * every instance is verified.
   * @throws OptimizerError `unknown-agent`, `unknown-version`, `unknown-knob`, `out-of-bounds`; ZodError if the input is invalid.
   */
  async restore(input: AgentRestore): Promise<StartedWorkflow<RestoreResult>> {
    const request = agentRestoreSchema.parse(input)
    await resolveRequestedSettings(this.db, request)
    const handle = await startAgentRestore(this, request)
    return { workflowId: handle.workflowId, result: (signal) => waitForWorkflowResult(handle, signal) }
  }

  /**
   * Profiles an agent, the worker or workflows (D2). A request for a profile that is already being taken returns that one.
   * @throws OptimizerError `unknown-agent`, `unknown-instance`, `agent-away`, `profiling-unsupported`, `trial-running`; ZodError if the request
   * is invalid
   */
  async profile(input: ProfileRequestInput): Promise<StartedWorkflow<ProfileOutcome>> {
    const request = profileRequestSchema.parse(input)
    await planProfiles(this.db, request)
    const handle = await startProfile(this, request)
    return { workflowId: handle.workflowId, result: (signal) => waitForWorkflowResult(handle, signal) }
  }

  /** The running restores. */
  async restores(): Promise<RunningRestore[]> {
    return await listRunningRestores(this.temporal)
  }

  /**
   * Ends a restore that cannot reach every instance; the remaining ones get the restored configuration when they respond.
   * @param id the id of the restore's workflow, or of its trial
   * @throws OptimizerError `unknown-restore`.
   */
  async giveUp(id: string, note: OperatorNote): Promise<RestoreResult> {
    const running =
      (await findRunningRestore(this.temporal, id)) ?? (await findRunningRestore(this.temporal, getRestoreWorkflowId(id)))
    if (running) {
      const result = await running.executeUpdate(giveUpUpdate, { args: [note] })
      const { workflowId } = running
      const restore = await findLatestRestore(this.db, workflowId).catch(() => undefined)
      const about = { subject: restore?.agentId ?? id, cause: restore?.trialId, workflowId }
      await recordRequest(this.db, { action: 'restore.given-up', actor: note.by, reason: note.reason, ...about })
      return result
    }
    throw new OptimizerError('unknown-restore', `No restore ${id} is running; npx optimizer status lists the running ones.`)
  }

  /**
   * Forgets an agent that no longer runs: it is not listed, measured or optimized until it registers again. Its history stays; its requests
   * for approval are withdrawn.
   * @param reason why, for the audit log
   * @throws OptimizerError `unknown-agent`; `agent-live`, `trial-open`, `restore-open`, `in-focus`.
   */
  async forget(agentId: string, by: string, reason = ''): Promise<void> {
    await forgetAgent(this.db, { agentId, by, reason })
    const approvals = (await listOpenApprovals(this.db)).filter((approval) => approval.agentId === agentId)
    for (const { trialId } of approvals) await withdrawApproval(this.temporal, trialId, `${by} forgot ${agentId}`)
  }

  /** Gives a command (B12) and returns the policy after it. @throws OptimizerError `unknown-agent`. */
  async command(order: Command, by: string, reason: string): Promise<Policy> {
    if (order.type === 'focusOnAgent' || order.type === 'release') await requireAgent(this.db, order.agentId)
    return await this.temporal.workflow.executeUpdateWithStart(commandUpdate, {
      args: [{ command: order, by, reason }],
      startWorkflowOperation: createOptimizerStartOperation(this),
    })
  }

  /** The state of the `optimizer` workflow, or the recorded state if it does not run. */
  async status(): Promise<OptimizerState> {
    return await readOptimizerState(this)
  }

  get taskQueue(): string {
    return this.config.taskQueue
  }

  /** The Schedule that starts the cycles. */
  get schedule() {
    return getCycleSchedule(this.temporal)
  }

  async close(): Promise<void> {
    await this.temporal.connection.close()
    await this.db.destroy()
  }
}

/** Connections that are opened on first use. */
function open(config: Config): { client: OptimizerClient; connection: Connection; address: string } {
  const { databaseUrl } = config
  const running = databaseUrl && findConfiguredTemporal(config) ? undefined : readAddresses(config.dataDir)
  const { options, namespace } = resolveTemporalConnection(config, running?.temporal ?? '')
  const db = openDatabase(databaseUrl ?? running!.postgres)
  const connection = Connection.lazy({ ...options, interceptors: clientInterceptors })
  const client = new OptimizerClient(new Client({ connection, namespace }), db, config)
  return { client, connection, address: options.address ?? '' }
}
