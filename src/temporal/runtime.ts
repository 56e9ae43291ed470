/** Logs and metrics of Temporal's SDK. */
import { type Logger, type LogLevel, type LogMetadata, Runtime, type RuntimeOptions } from '@temporalio/worker'
import type { Logger as PinoLogger } from 'pino'
import type { Config } from '../config/config.ts'
import { OptimizerError } from '../model/errors.ts'

/**
 * Sends the SDK's logs, including those of its native part, to a log of one JSON object per line, and serves its metrics to Prometheus
 * if an address is configured. Call it once per process, before anything connects.
 * @throws OptimizerError `port-taken`
 */
export function installRuntime({ worker }: Pick<Config, 'worker'>, log: PinoLogger): void {
  const { metricsAddress: bindAddress } = worker
  const options: RuntimeOptions = {
    logger: toSdkLogger(log),
    shutdownSignals: ['SIGTERM', 'SIGINT'],
    telemetryOptions: {
      logging: { filter: { core: nativeLevel(log), other: 'ERROR' }, forward: {} },
      metrics: bindAddress ? { prometheus: { bindAddress, ...conventions } } : undefined,
    },
  }
  try {
    Runtime.install(options)
  } catch (cause) {
    const message = `Metrics cannot be served at ${bindAddress} (${(cause as Error).message}); free the address, or set OPTIMIZER_METRICS_ADDRESS to another one.`
    throw bindAddress ? new OptimizerError('port-taken', message, { cause }) : cause
  }
}

/** The names that Prometheus asks for. */
const conventions = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true }

/** The native part is verbose at `info`. */
const nativeLevel = (log: PinoLogger): LogLevel => (log.isLevelEnabled('debug') ? 'DEBUG' : 'WARN')

function toSdkLogger(log: PinoLogger): Logger {
  const at =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, { error: err, ...meta }: LogMetadata = {}) =>
      log[level](err === undefined ? meta : { ...meta, err }, message)
  const levels = { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return {
    ...levels,
    log: (level, message, meta) => levels[level.toLowerCase() as keyof typeof levels](message, meta),
  }
}
