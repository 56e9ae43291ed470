/** The messages over NATS, from which the AsyncAPI document is generated. */
import { z } from 'zod'
import { realtimeMetricsResponseSchema, realtimeMetricsSchema } from '../../messaging/monitoring.ts'
import { cycleReportResponseSchema, cycleReportSchema, orchestratorCommandSchema } from '../../messaging/orchestrator-protocol.ts'
import {
  alertNoticeSchema,
  componentMetricsSchema,
  detectedBottleneckSchema,
  errorReportSchema,
  optimizationStatusSchema,
} from '../../messaging/performance.ts'
import {
  instanceProfileRequestSchema,
  orchestratorProfileRequestSchema,
  profileResponseSchema,
} from '../../messaging/profiling.ts'
import { configurationInForceSchema, deliveryResponseSchema, deliverySchema } from '../../messaging/protocol.ts'
import { type RequestName, requestNames, requestSchemas } from '../../messaging/requests.ts'
import {
  commandSubject,
  cycleReportSubject,
  deploymentSubject,
  engineSettingsSubject,
  gatewaySubjects,
  getConfigureSubject,
  getProfileSubject,
  getReadBackSubject,
  performanceSubjects,
  profileRequestSubject,
  realtimeMetricsSubject,
} from '../../messaging/subjects.ts'
import { deploymentRequestSchema } from '../../model/deployment.ts'
import { engineSettingsSchema, engineSettingsUpdateSchema } from '../../model/engine-settings.ts'
import { profileReportSchema } from '../../model/performance-profile.ts'
import { policySchema } from '../../model/policy.ts'
import { startedSchema } from '../route.ts'

/** A subject and its messages. */
export interface Channel {
  name: string
  subject: string
  summary: string
  /** The other party, such as `config manager`. */
  components: readonly string[]
  /** Whether the optimizer receives the message, or sends it. */
  action: 'receive' | 'send'
  message: z.ZodType
  /** The answer to a request; missing if nobody answers. */
  answer?: z.ZodType
}

const requestSummaries: Record<RequestName, string> = {
  announce: 'An instance starts and announces its knobs and metrics; the response is the configuration to run with',
  heartbeat: 'An instance is alive and runs with this configuration',
  acknowledge: 'An instance runs with a configuration, or refuses it',
  configuration: 'An instance asks for the configuration assigned to it',
  report: 'What an instance did: executions, decisions, messages, states',
  resources: "Resource usage of an instance's process",
  leave: 'An instance is stopping',
}

const requests = requestNames.map(
  (name): Channel => ({
    name,
    subject: gatewaySubjects[name],
    summary: requestSummaries[name],
    components: ['agent'],
    action: 'receive',
    message: requestSchemas[name].request,
    answer: requestSchemas[name].answer,
  }),
)

const [agentId, instanceId] = ['{agentId}', '{instanceId}'] as const
const listeners = ['optimizing engine', 'intelligence engine', 'metrics agent']

/** Every subject, without its prefix. */
export const channels: readonly Channel[] = [
  ...requests,
  {
    name: 'configure',
    subject: getConfigureSubject(agentId, instanceId),
    summary: 'Asks an instance to run with a configuration; it responds once it does',
    components: ['agent'],
    action: 'send',
    message: deliverySchema,
    answer: deliveryResponseSchema,
  },
  {
    name: 'readBack',
    subject: getReadBackSubject(agentId, instanceId),
    summary: 'Asks an instance which configuration is in force',
    components: ['agent'],
    action: 'send',
    message: z.unknown(),
    answer: configurationInForceSchema,
  },
  {
    name: 'profile',
    subject: getProfileSubject(agentId, instanceId),
    summary: 'Asks an instance to profile itself',
    components: ['agent'],
    action: 'send',
    message: instanceProfileRequestSchema,
    answer: profileResponseSchema,
  },
  {
    name: 'cycleReport',
    subject: cycleReportSubject,
    summary: 'A cycle has ended; the response contains the autonomy of the agents and the reputation of the optimizer',
    components: ['orchestrator'],
    action: 'send',
    message: cycleReportSchema,
    answer: cycleReportResponseSchema,
  },
  {
    name: 'command',
    subject: commandSubject,
    summary: 'A command to the optimizer; the response is the resulting policy',
    components: ['orchestrator'],
    action: 'receive',
    message: orchestratorCommandSchema,
    answer: policySchema,
  },
  {
    name: 'profileRequest',
    subject: profileRequestSubject,
    summary: 'A request to profile an agent',
    components: ['orchestrator', 'intelligence engine'],
    action: 'receive',
    message: orchestratorProfileRequestSchema,
    answer: startedSchema,
  },
  {
    name: 'realtimeMetrics',
    subject: realtimeMetricsSubject,
    summary: 'Readings of components that another program monitors',
    components: ['monitoring agent'],
    action: 'receive',
    message: realtimeMetricsSchema,
    answer: realtimeMetricsResponseSchema,
  },
  {
    name: 'deployment',
    subject: deploymentSubject,
    summary: 'A deployment, which may explain later changes',
    components: ['deployment pipeline'],
    action: 'receive',
    message: deploymentRequestSchema,
    answer: z.object({ id: z.int() }),
  },
  {
    name: 'engineSettings',
    subject: engineSettingsSubject,
    summary: 'Changes to parameters of the performance engine; the response has all parameters in force',
    components: ['config manager'],
    action: 'receive',
    message: engineSettingsUpdateSchema,
    answer: z.object({ settings: engineSettingsSchema }),
  },
  {
    name: 'metrics',
    subject: performanceSubjects.metrics,
    summary: 'A reading of a host, a process, an instance or another component',
    components: listeners,
    action: 'send',
    message: componentMetricsSchema,
  },
  {
    name: 'profileReport',
    subject: performanceSubjects.profileReport,
    summary: 'A profile was taken: its hotspots in words',
    components: listeners,
    action: 'send',
    message: profileReportSchema,
  },
  {
    name: 'bottleneckDetected',
    subject: performanceSubjects.bottleneckDetected,
    summary: 'A cycle found a bottleneck',
    components: listeners,
    action: 'send',
    message: detectedBottleneckSchema,
  },
  {
    name: 'optimizationStatus',
    subject: performanceSubjects.optimizationStatus,
    summary: 'A trial has a new state, a new judgement, or a result',
    components: listeners,
    action: 'send',
    message: optimizationStatusSchema,
  },
  {
    name: 'alert',
    subject: performanceSubjects.alert,
    summary: 'An alert was raised, became more or less severe, or was resolved',
    components: ['monitoring agent', 'orchestrator', 'intelligence engine'],
    action: 'send',
    message: alertNoticeSchema,
  },
  {
    name: 'errors',
    subject: performanceSubjects.errors,
    summary: 'A message could not be used, a profile could not be taken, or messages were lost',
    components: ['monitoring agent'],
    action: 'send',
    message: errorReportSchema,
  },
]
