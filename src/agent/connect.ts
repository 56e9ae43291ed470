import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { InstanceProfileRequest } from '../messaging/profiling.ts'
import { announcementSchema } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { describeIssue } from '../model/issue.ts'
import type { KnobInput } from '../model/knob.ts'
import type { MetricDeclarationInput } from '../model/metric.ts'
import { type NatsOptions, natsOptionsSchema, natsVariables } from '../model/nats-options.ts'
import { parseServerUrl } from '../model/server-url.ts'
import type { StackProfile } from '../model/stack-profile.ts'
import { profileProcess } from '../profiler/node-profiler.ts'
import { Agent } from './agent.ts'
import { AppliedConfiguration, type ApplyHandler } from './configuration.ts'
import { ExecutionUsage } from './execution-usage.ts'
import { ExecutionsInFlight } from './executions-in-flight.ts'
import { ProcessMonitor } from './monitor.ts'
import { Reporter } from './reporter.ts'
import { type RestartHandler, Session } from './session.ts'
import type { AgentHandlers, InstanceIdentity, Transport } from './transport.ts'
import { HttpTransport } from './transports/http.ts'

export interface AgentOptions {
  agentId: string
  kind: string
  instanceId: string
  /** The settings that may be tuned, each with its bounds and default. */
  knobs: KnobInput[]
  /** The agent's own metrics, besides the built-in ones, that it reports with its executions. */
  metrics?: MetricDeclarationInput[]
  /** `nats://host:port` or `http://host:port`; by default the environment's OPTIMIZER_URL. */
  optimizer?: string
  /** The agent's token for the optimizer's API over HTTP; by default the environment's OPTIMIZER_API_TOKEN. */
  token?: string
  /** Credentials, TLS and the prefix of subjects, over NATS; by default the environment's NATS_TOKEN, NATS_CREDENTIALS_FILE and so on. */
  nats?: Partial<NatsOptions>
  /** Where this instance serves HTTP; announced for people and tools. */
  url?: string
  /** Called before values come into force. Not needed if the agent reads `values` for each unit of work. */
  apply?: ApplyHandler
  /**
   * Called when it is this instance's turn to restart, for knobs with `applies: 'restart'`: it has the process end and start again.
   * `'exit'` sends the remaining reports and exits with code 75, for a supervisor that starts it again. Without it, such knobs are not
   * tried unless the operator configured a command.
   */
  onRestartRequested?: 'exit' | RestartHandler
  /** Whether each `run` reports its CPU time, and the memory and event loop delay of the process, as metrics; by default not. */
  measureExecutions?: boolean
  /** Whether the optimizer may take profiles of this process, by default true. */
  profiling?: boolean
  /** At most 2000: an instance that is silent for longer soon counts as away. */
  heartbeatMs?: number
}

const firstAttemptMs = 1_000
/** With knobs that take effect only on a restart, because one with the defaults would have to restart again. */
const firstRestartAttemptMs = 5_000
/** EX_TEMPFAIL of sysexits.h: the caller is invited to try again. */
export const RESTART_EXIT_CODE = 75

const optionsSchema = announcementSchema
  .pick({ agentId: true, kind: true, instanceId: true, url: true, knobs: true, metrics: true })
  .extend({
    optimizer: z.string().optional(),
    token: z.string().regex(/^\S+$/, 'must be one word').optional(),
    nats: z.preprocess((options) => ({ ...readNatsOptions(), ...(options as object) }), natsOptionsSchema),
    apply: z.custom<ApplyHandler>((apply) => typeof apply === 'function', 'must be a function').optional(),
    onRestartRequested: z
      .union([z.literal('exit'), z.custom<RestartHandler>((handler) => typeof handler === 'function')], {
        error: "must be 'exit' or a function",
      })
      .optional(),
    measureExecutions: z.boolean().default(false),
    profiling: z.boolean().default(true),
    heartbeatMs: z.number().positive().max(2_000).default(1_000),
  })

/**
 * Connects an agent to the optimizer. Resolves after the first attempt to reach it, within a second (five with `restart` knobs): with the
 * assigned configuration (after `apply` was called) if the optimizer answered, otherwise with the defaults.
 * Keeps trying in the background.
 * @throws OptimizerError `invalid-agent` for an invalid declaration or address; never because the optimizer is away.
 */
export async function connectAgent(options: AgentOptions): Promise<Agent> {
  const parsed = optionsSchema.safeParse(options)
  if (!parsed.success) throw new OptimizerError('invalid-agent', `connectAgent: ${describeIssue(parsed.error, 'the options')}.`)
  const {
    heartbeatMs,
    knobs,
    metrics,
    optimizer,
    token = process.env.OPTIMIZER_API_TOKEN,
    nats,
    apply,
    measureExecutions,
    profiling,
    onRestartRequested,
    ...identity
  } = parsed.data
  const configuration = new AppliedConfiguration(knobs, apply)
  const transport = await transportTo(optimizer ?? process.env.OPTIMIZER_URL, { token, nats }, identity, {
    configure: (delivery) => session.configure(delivery),
    readBack: () => configuration.current,
    profile: async (order) => ({ format: 'tree', profile: await profileAgent(order, profiling) }),
  })
  const announcement = {
    ...identity,
    knobs,
    metrics,
    transport: transport.name,
    processId: process.pid,
    startedAt: Math.round(performance.timeOrigin),
    runtime: `node ${process.version}`,
    ...(onRestartRequested && { canRestart: true }),
  }
  const restart: RestartHandler | undefined = onRestartRequested === 'exit' ? () => exit(agent) : onRestartRequested
  const inFlight = new ExecutionsInFlight()
  const session = new Session(announcement, configuration, transport, { heartbeatMs, inFlight, restart })
  const reporter = new Reporter(identity, transport)
  const monitor = new ProcessMonitor(identity, transport)
  const usage = measureExecutions ? new ExecutionUsage() : undefined
  const agent: Agent = new Agent(configuration, transport, session, reporter, monitor, inFlight, usage)
  const attemptMs = knobs.some(({ applies }) => applies === 'restart') ? firstRestartAttemptMs : firstAttemptMs
  await Promise.race([session.start(), delay(attemptMs, undefined, { ref: false })])
  configuration.endStart()
  return agent
}

async function exit(agent: Agent): Promise<void> {
  await agent.close()
  process.exit(RESTART_EXIT_CODE)
}

/** @throws OptimizerError `profiling-off`, and those of `profileProcess` */
async function profileAgent(order: InstanceProfileRequest, isAllowed: boolean): Promise<StackProfile> {
  if (isAllowed) return await profileProcess(order)
  throw new OptimizerError('profiling-off', 'The agent does not allow profiles; set `profiling` in connectAgent to allow them.')
}

/** The options from the environment. */
function readNatsOptions(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(Object.entries(natsVariables).flatMap(([name, key]) => (env[name] ? [[key, env[name]]] : [])))
}

/** The client of NATS is loaded only by agents that use it: it takes more memory than the rest of what an agent over HTTP needs. */
async function transportTo(
  address: string | undefined,
  { token, nats }: { token: string | undefined; nats: NatsOptions },
  identity: InstanceIdentity,
  handlers: AgentHandlers,
): Promise<Transport> {
  const scheme = parseServerUrl(address ?? '')?.scheme
  if (address && (scheme === 'nats' || scheme === 'tls')) {
    const { NatsTransport } = await import('./transports/nats.ts')
    return new NatsTransport(address, nats, identity, handlers)
  }
  if (address && URL.canParse(address) && (scheme === 'http' || scheme === 'https')) return new HttpTransport(address, token)
  const remedy = 'set `optimizer` or OPTIMIZER_URL to an address such as nats://127.0.0.1:4222 or http://127.0.0.1:8080'
  throw new OptimizerError(
    'invalid-agent',
    `connectAgent: the address of the optimizer is ${address ? 'not valid' : 'missing'}; ${remedy}.`,
  )
}
