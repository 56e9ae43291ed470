import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker'

let installed = false

/** Temporal's runtime of this process, which tells of errors only. */
export function installQuietRuntime(): void {
  if (installed) return
  installed = true
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' })
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } })
}
