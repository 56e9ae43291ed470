import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker'

/** Errors of the SDK itself; what workflows log is theirs, and the tests provoke it. */
const logger = new DefaultLogger('ERROR', ({ level, message, meta }) => {
  if (meta?.sdkComponent !== 'workflow') console.error(level, message, meta)
})

/** Temporal's runtime of this process tells of errors only; it ends with the last connection, and is then to be installed again. */
export function installQuietRuntime(): void {
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' })
  try {
    Runtime.install({ logger, telemetryOptions: { logging: { filter } } })
  } catch (error) {
    if ((error as Error).name !== 'IllegalStateError') throw error
  }
}
