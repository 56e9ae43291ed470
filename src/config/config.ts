import { z } from 'zod'
import { alertSinksSchema } from '../model/alert-sink.ts'
import { findThresholdsProblem } from '../model/alert-threshold.ts'
import { anomalySettingsSchema } from '../model/anomaly-settings.ts'
import { approvalSlackSettingsSchema } from '../model/approval.ts'
import { bottleneckRuleSchema, findRuleProblem } from '../model/bottleneck-rule.ts'
import { metricDeclarationsSchema } from '../model/configured-metrics.ts'
import { engineSettingsSchema } from '../model/engine-settings.ts'
import { externalDatabasesSchema } from '../model/external-database.ts'
import { httpUrlSchema } from '../model/http-url.ts'
import { identitySchema } from '../model/identity.ts'
import { describeUndeclaredEffect, describeUnusableCondition, findRepeatedKnob } from '../model/knob-declaration.ts'
import { createCatalogue } from '../model/metric.ts'
import { natsOptionsSchema } from '../model/nats-options.ts'
import { describeUnprovableQuantile, findObjectiveProblem, objectivesSchema } from '../model/objective.ts'
import { prometheusSchema } from '../model/prometheus.ts'
import { scheduledReportsSchema } from '../model/report-schedule.ts'
import { restartCommandsSchema } from '../model/restart.ts'
import { postgresUrlSchema, serverUrlSchema } from '../model/server-url.ts'
import { telemetrySchema } from '../model/telemetry.ts'
import { thresholdsSchema } from '../model/thresholds.ts'
import { trialLimitsSchema } from '../model/trial-limits.ts'
import { workerSchema } from '../model/worker-options.ts'

/** Longer times would exceed the range of dates and timers. */
const yearMinutes = 525_600
const dayMinutes = 1_440
const usdSchema = z.number().min(-1e12).max(1e12)
export const portSchema = z.int().min(0).max(65_535)

const approvalSchema = z.strictObject({
  waitMinutes: z
    .number()
    .positive()
    .max(yearMinutes)
    .default(1_440)
    .describe('How long a request for approval stays open before it times out'),
  cooldownMinutes: z
    .number()
    .positive()
    .max(yearMinutes)
    .default(1_440)
    .describe('How long the knobs of a declined change stay in cooldown'),
  slack: approvalSlackSettingsSchema.optional(),
})

const natsUrlSchema = serverUrlSchema(['nats', 'tls'], 'nats://user:password@host:4222')

export const configSchema = z
  .strictObject({
    dataDir: z.string().default('.optimizer').describe('Folder for all data'),
    limitsFile: z
      .string()
      .optional()
      .describe(
        "File with the operator's limits; it must exist if it is set here. The default, `limits.json` in the data folder, is optional",
      ),
    databaseUrl: postgresUrlSchema.optional().describe('PostgreSQL to use instead of the embedded one'),
    natsUrl: natsUrlSchema.optional().describe('NATS to use instead of the embedded one'),
    nats: natsOptionsSchema.prefault({}).describe('[NATS security and subjects](messages.md#security)'),
    temporalAddress: z.string().optional().describe('Temporal to use instead of the embedded one'),
    temporalUiUrl: httpUrlSchema
      .optional()
      .describe(
        'The Temporal UI that the [dashboard](dashboard.md) links to, such as `http://127.0.0.1:8233`; `npm start` sets it',
      ),
    ports: z
      .strictObject({
        temporal: portSchema.default(7233).describe('Temporal'),
        temporalUi: portSchema.default(8233).describe('Temporal UI'),
        postgres: portSchema.default(5433).describe('PostgreSQL'),
        nats: portSchema.default(4222).describe('NATS'),
        api: portSchema.default(8080).describe('HTTP API'),
      })
      .prefault({})
      .describe('Ports of the servers started here; 0 means any free port'),
    apiHost: z.string().default('127.0.0.1').describe('Address the HTTP API listens on'),
    apiAllowedHosts: z
      .array(
        z
          .string()
          .regex(
            /^(\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)$/,
            'is not a name such as optimizer.example.com, .example.com for a domain, or *',
          ),
      )
      .default([])
      .describe(
        '[Names](api.md#names-of-the-server) by which clients may address the HTTP API, besides IP addresses and local names; separated by commas in the environment',
      ),
    apiRequestsPerSecond: z
      .number()
      .min(1)
      .max(1e6)
      .default(300)
      .describe(
        'Maximum number of [requests](api.md#limits) per second that the HTTP API accepts per token, or per address without a token; reports from agents do not count',
      ),
    taskQueue: z.string().default('optimizer').describe('Temporal task queue'),
    logLevel: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .default('info')
      .describe('Log level of the worker and the API, which log one JSON object per line'),
    worker: workerSchema.prefault({}).describe('Options of the [worker](temporal.md#run-workers)'),
    schedule: z
      .strictObject({
        minMinutes: z
          .number()
          .positive()
          .max(dayMinutes)
          .default(5)
          .describe('Minutes between cycles while the fleet is unhealthy'),
        maxMinutes: z
          .number()
          .positive()
          .max(dayMinutes)
          .default(10)
          .describe('Minutes between cycles while the fleet is healthy'),
        jitterSeconds: z.number().min(0).max(3_600).default(15).describe('Maximum random delay before each start'),
      })
      .refine(({ minMinutes, maxMinutes }) => minMinutes <= maxMinutes, 'minMinutes is above maxMinutes')
      .prefault({})
      .describe('Cadence of the cycles, adapted to the health of the fleet within these limits'),
    orchestratorAnswerMs: z
      .int()
      .positive()
      .max(12_000)
      .default(5_000)
      .describe('How long a cycle waits for the strategic orchestrator to respond to its report'),
    thresholds: thresholdsSchema.prefault({}).describe('Thresholds that define a bottleneck; rates and scores from 0 to 1'),
    bottleneckRules: z
      .array(bottleneckRuleSchema)
      .default([])
      .describe(
        '[Rules](metrics.md#bottleneck-rules) that define further bottlenecks for any metric, or replace the bottlenecks that the thresholds define',
      ),
    metrics: metricDeclarationsSchema
      .default([])
      .describe(
        '[Metrics](metrics.md) that agents report with their executions, that are computed from these, or that come from Prometheus or OpenTelemetry, in addition to the built-in ones and those that agents declare',
      ),
    prometheus: prometheusSchema.prefault({}).describe('[Prometheus](metrics.md#prometheus) as a source'),
    objectives: objectivesSchema
      .default([])
      .describe('[Objectives](metrics.md#objectives) of agents, kinds or the whole fleet; without one, the thresholds apply'),
    performance_engine_agent: engineSettingsSchema.prefault({}).describe('Parameters of the [performance engine](monitoring.md)'),
    alertSinks: alertSinksSchema.default([]).describe('[Receivers of alerts](monitoring.md#receivers) in addition to NATS'),
    reports: scheduledReportsSchema
      .default([])
      .describe('[Reports](reports.md#by-schedule) that are created automatically, and who receives them'),
    anomalies: anomalySettingsSchema.prefault({}).describe('Settings of [anomaly](anomalies.md) detection'),
    telemetry: telemetrySchema.prefault({}).describe('How [OpenTelemetry](opentelemetry.md) data is interpreted'),
    externalDatabases: externalDatabasesSchema
      .default([])
      .describe('[External databases](databases.md) that are read while other programs write to them'),
    restarts: restartCommandsSchema
      .default([])
      .describe('Commands that [restart](settings.md#restarts) instances of agents, for knobs that take effect only then'),
    trials: trialLimitsSchema.prefault({}).describe('Limits of a trial; times in milliseconds'),
    approval: approvalSchema.prefault({}).describe('Approval of risky changes by a person'),
    identity: identitySchema.prefault({}).describe('[Goals and traits](identity.md) of the optimizer'),
    goal: z
      .strictObject({
        start: usdSchema.default(10_000).describe('Portfolio value at which progress is 0, USD'),
        target: usdSchema.default(10_500).describe('Portfolio value at which the goal is reached, USD'),
      })
      .prefault({})
      .describe('Goal of the fleet'),
  })
  .superRefine((config, context) => {
    const {
      bottleneckRules,
      metrics,
      objectives,
      prometheus,
      restarts,
      telemetry,
      trials,
      performance_engine_agent: engine,
    } = config
    const catalogue = createCatalogue(metrics)
    const message = findThresholdsProblem(engine.alert_thresholds, catalogue)
    if (message) context.addIssue({ code: 'custom', message, path: ['performance_engine_agent', 'alert_thresholds'] })
    const queried = metrics.findIndex(({ query }) => query !== undefined)
    if (queried !== -1 && prometheus.url === undefined)
      context.addIssue({ code: 'custom', message: 'has a query; set prometheus.url', path: ['metrics', queried] })
    for (const [index, { agentId, settings }] of telemetry.agents.entries()) {
      const { knobs } = settings ?? { knobs: [] }
      if (settings?.environment !== undefined && !restarts.some((entry) => entry.agentId === agentId)) {
        const message = 'takes effect only on a restart; under restarts, add a command that restarts the agent'
        context.addIssue({ code: 'custom', message, path: ['telemetry', 'agents', index, 'settings', 'environment'] })
      }
      const problem = findRepeatedKnob(knobs) ?? describeUnusableCondition(knobs) ?? describeUndeclaredEffect(knobs, catalogue)
      if (problem)
        context.addIssue({ code: 'custom', message: problem, path: ['telemetry', 'agents', index, 'settings', 'knobs'] })
    }
    for (const index of bottleneckRules.keys()) {
      const problem = findRuleProblem(bottleneckRules, index, catalogue)
      if (problem) context.addIssue({ code: 'custom', message: problem, path: ['bottleneckRules', index] })
    }
    for (const [index, objective] of objectives.entries()) {
      const problem = findObjectiveProblem(objective, catalogue)
      if (problem) context.addIssue({ code: 'custom', message: problem, path: ['objectives', index] })
      const message = describeUnprovableQuantile(objective, trials.maxSamples)
      if (message) context.addIssue({ code: 'custom', message, path: ['objectives', index] })
    }
  })
export type Config = z.infer<typeof configSchema>
