/**
 * The shapes that have a name in the OpenAPI document, and therefore in the types of the client. A shape has one name: the document
 * refers to it wherever it occurs.
 */
import type { z } from 'zod'
import { undoOutcomeSchema } from '../client/undo.ts'
import * as protocol from '../messaging/protocol.ts'
import { tokenRoleSchema } from '../model/access.ts'
import { alertCauseSchema } from '../model/alert.ts'
import { anomalyCauseSchema, anomalyEventSchema, anomalyKindSchema } from '../model/anomaly.ts'
import { approvalDecisionSchema, approvalOutcomeSchema, approvalStateSchema } from '../model/approval.ts'
import { auditEntrySchema, auditPageSchema } from '../model/audit.ts'
import { bottleneckSchema, severitySchema } from '../model/bottleneck.ts'
import { capacityForecastSchema, recommendationSchema } from '../model/capacity.ts'
import * as commands from '../model/commands.ts'
import { countermeasuresSchema } from '../model/countermeasures.ts'
import { cycleSummarySchema, optimizerStateSchema } from '../model/cycle.ts'
import { deploymentRequestSchema } from '../model/deployment.ts'
import { knobDriftSchema } from '../model/drift.ts'
import { engineSettingsSchema } from '../model/engine-settings.ts'
import { explanationSchema } from '../model/explanation.ts'
import { conditionSchema, knobSchema, knobValueSchema, knobValuesSchema, purposeSchema, riskSchema } from '../model/knob.ts'
import { limitsSchema } from '../model/limits.ts'
import { declaredKindSchema, metricDeclarationSchema, recordedMetricSchema } from '../model/metric.ts'
import { metricEffectSchema } from '../model/metric-effect.ts'
import { currentMetricSchema } from '../model/metric-view.ts'
import { monitoringGapSchema } from '../model/monitoring-gap.ts'
import { boundSchema, objectiveSchema } from '../model/objective.ts'
import * as profiling from '../model/performance-profile.ts'
import { policySchema } from '../model/policy.ts'
import { agentProfileSchema } from '../model/profile.ts'
import { quantileSchema } from '../model/quantile.ts'
import { reassessmentSchema } from '../model/reassessment.ts'
import { cycleStateSchema } from '../model/records.ts'
import * as result from '../model/result.ts'
import { actionSchema, poolSchema, strategySchema } from '../model/strategy.ts'
import { successMetricSchema, successOutcomeSchema } from '../model/success-metric.ts'
import * as trial from '../model/trial.ts'
import { warmUpSchema } from '../model/trial-limits.ts'
import { undoRequestSchema } from '../model/undo.ts'
import { weightingSchema } from '../model/weights.ts'
import { agentTrialSchema } from '../reading/agent-series.ts'
import { agentDetailsSchema } from '../reading/agent-view.ts'
import { agentSummarySchema, agentViewSchema, instanceViewSchema } from '../reading/agents.ts'
import { alertSchema } from '../reading/alerts.ts'
import { anomalyViewSchema } from '../reading/anomalies.ts'
import { anomalyCoverageSchema } from '../reading/anomaly-coverage.ts'
import { approvalViewSchema } from '../reading/approvals.ts'
import { recordedBottleneckSchema } from '../reading/bottlenecks.ts'
import { versionViewSchema } from '../reading/configurations.ts'
import { plannedStrategySchema } from '../reading/cycle-strategies.ts'
import { cycleSchema, cycleViewSchema } from '../reading/cycles.ts'
import { fleetAgentSchema, shownMetricSchema } from '../reading/fleet.ts'
import { fleetAgentDetailsSchema } from '../reading/fleet-details.ts'
import { fleetPageSchema } from '../reading/fleet-page.ts'
import { identityViewSchema } from '../reading/identity.ts'
import * as learning from '../reading/learning.ts'
import { limitsViewSchema } from '../reading/limits.ts'
import { listExtentSchema } from '../reading/list-extent.ts'
import { agentMetricsSchema } from '../reading/metrics.ts'
import { objectiveChangeSchema, objectiveViewSchema } from '../reading/objectives.ts'
import { periodReportSchema } from '../reading/period-report-schema.ts'
import { plannedUndoSchema } from '../reading/plan-undo.ts'
import { policyChangeSchema, policyFieldSchema } from '../reading/policy.ts'
import { flameDifferenceSchema, flameSchema } from '../reading/profiles.ts'
import { restoreViewSchema } from '../reading/restores.ts'
import { statusSchema } from '../reading/status.ts'
import { summarySchema } from '../reading/summary.ts'
import { trialSeriesSchema } from '../reading/trial-series.ts'
import { trialObservationSchema, trialSchema, trialViewSchema } from '../reading/trials.ts'
import { trustSchema } from '../reading/trust.ts'
import { startedSchema } from './route.ts'

export const namedSchemas: Readonly<Record<string, z.ZodType>> = {
  // Agents, as they are and as they report.
  Agent: agentViewSchema,
  AgentDetails: agentDetailsSchema,
  AgentInsight: learning.agentInsightSchema,
  AgentMetrics: agentMetricsSchema,
  AgentProfile: agentProfileSchema,
  AgentSummary: agentSummarySchema,
  Announcement: protocol.announcementSchema,
  ConfigurationInForce: protocol.configurationInForceSchema,
  ConfigurationVersion: versionViewSchema,
  CurrentMetric: currentMetricSchema,
  DeclaredMetricKind: declaredKindSchema,
  FleetAgent: fleetAgentSchema,
  FleetAgentDetails: fleetAgentDetailsSchema,
  FleetPage: fleetPageSchema,
  Instance: instanceViewSchema,
  Knob: knobSchema,
  KnobDrift: knobDriftSchema,
  KnobImportance: learning.knobImportanceSchema,
  KnobCondition: conditionSchema,
  KnobValue: knobValueSchema,
  KnobValues: knobValuesSchema,
  MetricDeclaration: metricDeclarationSchema,
  RecordedMetric: recordedMetricSchema,
  MetricDirection: metricDeclarationSchema.shape.direction,
  Purpose: purposeSchema,
  Risk: riskSchema,
  ShownMetric: shownMetricSchema,
  WarmUp: warmUpSchema,
  WorthTrying: learning.worthTryingSchema,

  // Objectives.
  Bound: boundSchema,
  Objective: objectiveSchema,
  ObjectiveChange: objectiveChangeSchema,
  ObjectiveInForce: objectiveViewSchema,
  Quantile: quantileSchema,
  Weighting: weightingSchema,

  // Cycles, strategies and trials.
  Action: actionSchema,
  AgentTrial: agentTrialSchema,
  Approval: approvalViewSchema,
  ApprovalDecision: approvalDecisionSchema,
  ApprovalOutcome: approvalOutcomeSchema,
  ApprovalState: approvalStateSchema,
  ArmMetrics: result.armMetricsSchema,
  Bottleneck: bottleneckSchema,
  OptimizerState: optimizerStateSchema,
  Cycle: cycleSchema,
  CycleDetails: cycleViewSchema,
  CycleState: cycleStateSchema,
  CycleSummary: cycleSummarySchema,
  Explanation: explanationSchema,
  ImpactSummary: result.impactSummarySchema,
  Judgement: trial.judgementSchema,
  LearningReport: learning.learningReportSchema,
  MeasuredMetrics: result.measuredMetricsSchema,
  MetricEffect: metricEffectSchema,
  PlannedStrategy: plannedStrategySchema,
  PlannedUndo: plannedUndoSchema,
  Pool: poolSchema,
  Progress: trial.progressSchema,
  PredictedImprovement: result.predictedImprovementSchema,
  PredictionCalibration: learning.predictionCalibrationSchema,
  Reassessment: reassessmentSchema,
  RecordedBottleneck: recordedBottleneckSchema,
  SampleCounts: trial.sampleCountsSchema,
  Severity: severitySchema,
  Standing: result.changeStandingSchema,
  RecordedRestore: restoreViewSchema,
  StandingResult: result.standingResultSchema,
  Strategy: strategySchema,
  SuccessMetric: successMetricSchema,
  SuccessOutcome: successOutcomeSchema,
  Suspension: trial.suspensionSchema,
  Trial: trialSchema,
  TrialSeries: trialSeriesSchema,
  TrialDesign: trial.trialDesignSchema,
  TrialDetails: trialViewSchema,
  TrialObservation: trialObservationSchema,
  TrialState: trial.trialStateSchema,
  UndoRecord: result.undoRecordSchema,
  UndoOutcome: undoOutcomeSchema,
  Verdict: trial.verdictSchema,

  // The state of the optimizer.
  Alert: alertSchema,
  AlertCause: alertCauseSchema,
  Anomaly: anomalyViewSchema,
  AnomalyCause: anomalyCauseSchema,
  AnomalyCoverage: anomalyCoverageSchema,
  AnomalyEvent: anomalyEventSchema,
  AnomalyKind: anomalyKindSchema,
  AuditEntry: auditEntrySchema,
  AuditPage: auditPageSchema,
  Countermeasures: countermeasuresSchema,
  CapacityForecast: capacityForecastSchema,
  EngineSettings: engineSettingsSchema,
  Failure: protocol.errorResponseSchema,
  Identity: identityViewSchema,
  Limits: limitsSchema,
  LimitsInForce: limitsViewSchema,
  ListExtent: listExtentSchema,
  PeriodReport: periodReportSchema,
  Policy: policySchema,
  PolicyChange: policyChangeSchema,
  PolicyField: policyFieldSchema,
  MonitoringGap: monitoringGapSchema,
  Recommendation: recommendationSchema,
  Status: statusSchema,
  Summary: summarySchema,
  TokenRole: tokenRoleSchema,
  Trust: trustSchema,

  // Profiles.
  FlameGraphNode: flameSchema,
  DifferentialFlameGraphNode: flameDifferenceSchema,
  Hotspot: profiling.hotspotSchema,
  PerformanceProfile: profiling.performanceProfileSchema,
  ProfileReport: profiling.profileReportSchema,
  ProfileRequest: profiling.manualProfileRequestSchema,

  // Requests of people, and their answer.
  SignedRequest: commands.alertAcknowledgementSchema,
  Command: commands.commandSchema,
  CommandRequest: commands.commandRequestSchema,
  CycleRequest: commands.cycleRequestSchema,
  Deployment: deploymentRequestSchema,
  ObjectiveRequest: commands.objectiveRequestSchema,
  Restore: commands.agentRestoreSchema,
  StartedWorkflow: startedSchema,
  UndoRequest: undoRequestSchema,
}
