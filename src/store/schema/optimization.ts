import type { Generated, GeneratedAlways } from 'kysely'
import type { AlertCause } from '../../model/alert.ts'
import type { AlertCondition } from '../../model/alert-threshold.ts'
import type { BottleneckType, ImpactUnit, Severity } from '../../model/bottleneck.ts'
import type { Recommendation } from '../../model/capacity.ts'
import type { EngineSettingsOverrides } from '../../model/engine-settings.ts'
import type { MetricName } from '../../model/metric.ts'
import type { MetricValues } from '../../model/metric-value.ts'
import type { Objective } from '../../model/objective.ts'
import type { ProfileKind, ProfileTrigger } from '../../model/performance-profile.ts'
import type { AgentProfile, Snapshot } from '../../model/profile.ts'
import type { Reassessment } from '../../model/reassessment.ts'
import type {
  CyclePhases,
  RecordedCycle,
  RecordedObjectiveChange,
  RecordedPolicyChange,
  RecordedTrial,
} from '../../model/records.ts'
import type { RestoreOutcome } from '../../model/restore-outcome.ts'
import type { ArmMetrics, ImpactSummary, OptimizationResult } from '../../model/result.ts'
import type { StackProfile } from '../../model/stack-profile.ts'
import type { Strategy, StrategyType } from '../../model/strategy.ts'
import type { Arm, Judgement, Progress, Suspension, TrialBlock, Verdict } from '../../model/trial.ts'
import type { GeneratedJson, Json, NullableJson } from './columns.ts'

export interface Cycles extends Omit<RecordedCycle, 'dryRun' | 'phases' | 'impact' | 'skipped' | 'reassessment' | 'startedAt'> {
  id: string
  runId: string
  dryRun: Generated<boolean>
  phases: GeneratedJson<CyclePhases>
  impact: NullableJson<ImpactSummary>
  skipped: GeneratedJson<string[]>
  reassessment: NullableJson<Reassessment>
  startedAt: Generated<Date>
}

export interface CycleRecommendations {
  cycleId: string
  content: Json<Recommendation[]>
  recordedAt: Generated<Date>
}

export interface Snapshots {
  id: string
  cycleId: string | null
  takenAt: Generated<Date>
  content: Json<Omit<Snapshot, 'agents'>>
}

export interface AgentProfiles {
  snapshotId: string
  agentId: string
  content: Json<AgentProfile>
}

export interface AgentMetricsTable {
  agentId: string
  at: Date
  responseTime: number | null
  successRate: number | null
  coordinationScore: number | null
  others: GeneratedJson<Record<string, number>>
}

export interface Bottlenecks {
  id: GeneratedAlways<number>
  cycleId: string
  snapshotId: string | null
  type: BottleneckType
  severity: Severity
  affectedComponent: string
  description: string
  impact: number
  impactUnit: ImpactUnit | null
  suggestedFix: string
  metric: MetricName | null
  detectedAt: Generated<Date>
}

export interface Strategies {
  id: string
  cycleId: string | null
  agentId: string
  type: StrategyType
  priority: Severity
  position: Generated<number>
  content: Json<Strategy>
  leftBecause: string | null
  /** When the latest rollback found no trial of it to undo. */
  withdrawnAt: Date | null
  createdAt: Generated<Date>
}

export interface Trials
  extends Omit<RecordedTrial, 'startedAt' | 'judgement' | 'metrics' | 'issues' | 'suspensions' | 'blocks' | 'progress'> {
  id: string
  agentId: string
  workflowId: string
  startedAt: Generated<Date>
  judgement: NullableJson<Judgement>
  metrics: NullableJson<ArmMetrics>
  issues: GeneratedJson<string[]>
  suspensions: GeneratedJson<Suspension[]>
  blocks: GeneratedJson<TrialBlock[]>
  progress: NullableJson<Progress>
}

export interface PoolDecisions {
  poolId: string
  verdict: Verdict
  reason: string
  /** Ids of the trials that it is based on; null for decisions of earlier versions. */
  judged: NullableJson<string[]>
  decidedAt: Generated<Date>
}

export interface TrialSamples {
  trialId: string
  executionId: string
  arm: Arm
  instanceId: string
  timestamp: Date
  value: number
  success: boolean
  metrics: NullableJson<MetricValues>
}

export interface Locks {
  agentId: string
  trialId: string
  expiresAt: Date
}

export interface OptimizationResults {
  strategyId: string
  cycleId: string | null
  agentId: string
  type: StrategyType
  verdict: Verdict
  success: boolean
  actualImprovement: number | null
  promisedImprovement: number | null
  promisedLow: number | null
  promisedHigh: number | null
  content: Json<OptimizationResult>
  timestamp: Generated<Date>
  reportable: GeneratedAlways<'ended' | 'undone' | 'harmful'>
  reported: Generated<'ended' | 'undone' | 'harmful' | null>
}

export interface PerformanceProfiles {
  id: GeneratedAlways<number>
  key: string | null
  target: string
  kind: ProfileKind
  instanceId: string | null
  takenAt: Generated<Date>
  trigger: ProfileTrigger
  requestedBy: string
  reason: string
  workflowId: string
  runId: string
  trialId: string | null
  arm: Arm | null
  version: number | null
  content: Json<StackProfile>
}

export interface Alerts {
  id: GeneratedAlways<number>
  raisedAt: Generated<Date>
  resolvedAt: Date | null
  cause: AlertCause
  severity: Severity
  component: string
  message: string
  trialId: string | null
  /** Of an alert about a threshold: the metric, and what it is measured of. */
  metric: string | null
  subject: string | null
  acknowledgedAt: Date | null
  acknowledgedBy: string | null
  acknowledgement: string | null
  told: GeneratedJson<Record<string, string>>
}

export interface AlertConditions {
  component: string
  metric: string
  state: Json<{ levels: AlertCondition; value: number }>
  seenAt: Date
}

export interface EngineSettingChanges {
  id: GeneratedAlways<number>
  changedAt: Generated<Date>
  settings: Json<EngineSettingsOverrides>
  changedBy: string
}

export interface PolicyChanges extends Omit<RecordedPolicyChange, 'changedAt' | 'oldValue' | 'newValue'> {
  id: GeneratedAlways<number>
  changedAt: Generated<Date>
  oldValue: NullableJson<unknown>
  newValue: NullableJson<unknown>
}

export interface ObjectiveChanges extends Omit<RecordedObjectiveChange, 'changedAt' | 'objective'> {
  id: GeneratedAlways<number>
  changedAt: Generated<Date>
  objective: NullableJson<Objective>
}

export interface Restores {
  id: GeneratedAlways<number>
  workflowId: string
  runId: string
  agentId: string
  trialId: string | null
  target: string
  requestedBy: string
  reason: string
  startedAt: Generated<Date>
  endedAt: Date | null
  outcome: RestoreOutcome | null
  issues: GeneratedJson<string[]>
}

export interface ActivityAnswers {
  key: string
  answer: NullableJson<unknown>
  answeredAt: Generated<Date>
}

export interface OptimizationTables {
  cycles: Cycles
  cycleRecommendations: CycleRecommendations
  snapshots: Snapshots
  agentProfiles: AgentProfiles
  agentMetrics: AgentMetricsTable
  bottlenecks: Bottlenecks
  strategies: Strategies
  trials: Trials
  poolDecisions: PoolDecisions
  trialSamples: TrialSamples
  locks: Locks
  optimizationResults: OptimizationResults
  performanceProfiles: PerformanceProfiles
  alerts: Alerts
  alertConditions: AlertConditions
  engineSettingChanges: EngineSettingChanges
  policyChanges: PolicyChanges
  objectiveChanges: ObjectiveChanges
  restores: Restores
  activityAnswers: ActivityAnswers
}
