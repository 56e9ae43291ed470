import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker'

/** Temporal's runtime of this process tells of errors only; it ends with the last connection, and is then to be installed again. */
export function installQuietRuntime(): void {
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' })
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } })
  } catch (error) {
    if ((error as Error).name !== 'IllegalStateError') throw error
  }
}
