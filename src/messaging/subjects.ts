/** NATS subjects. Requests of agents go to the gateway (queue group `gateway`), deliveries to one instance. */
export const gatewaySubjects = {
  announce: 'optimizer.agent.announce',
  heartbeat: 'optimizer.agent.heartbeat',
  acknowledge: 'optimizer.agent.acknowledge',
  configuration: 'optimizer.agent.configuration',
  report: 'optimizer.agent.report',
  resources: 'optimizer.agent.resources',
  leave: 'optimizer.agent.leave',
} as const

/** Request: a `Delivery`; the instance answers with an `Acknowledgement` once it is in force. */
export const getConfigureSubject = (agentId: string, instanceId: string) => `agents.${agentId}.${instanceId}.configure`

/** Request: empty; the instance answers with the `ConfigurationInForce`. */
export const getReadBackSubject = (agentId: string, instanceId: string) => `agents.${agentId}.${instanceId}.configuration`

/** Request: a `ProfileOrder`; the instance answers with a `ProfileResponse` when the time is over. */
export const getProfileSubject = (agentId: string, instanceId: string) => `agents.${agentId}.${instanceId}.profile`

/** From the orchestrator: profile an agent (D8). A request is answered with the id of the workflow that does it. */
export const profileRequestSubject = 'orchestrator.profile_request'

/** Request or message from the orchestrator: a command (B12), answered with the policy after it. */
export const commandSubject = 'orchestrator.command'

/** Request: a `CycleReport`; the strategic orchestrator answers with a `CycleReportResponse` (B10, B15). */
export const cycleReportSubject = 'optimizer.report.cycle'

/** Request or message: readings of components that other programs monitor (D8). */
export const realtimeMetricsSubject = 'monitoring.realtime_metrics'

/** Request or message: a deployment, which may explain what changes afterwards. */
export const deploymentSubject = 'monitoring.deployment'

/** Request or message: parameters of the performance engine that change; answered with all that are in force (D8). */
export const engineSettingsSubject = 'config.performance_engine_agent.updated'

/** Published for any subscriber (D8). */
export const performanceSubjects = {
  bottleneckDetected: 'performance.bottleneck_detected',
  optimizationStatus: 'performance.optimization_status',
  metrics: 'performance.metrics',
  alert: 'performance.alert',
  profileReport: 'performance.profile_report',
  errors: 'performance.errors',
} as const
