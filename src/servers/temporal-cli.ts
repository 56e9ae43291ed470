import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { loadConfig } from '../config/load-config.ts'
import { OptimizerError } from '../model/errors.ts'
import { findConfiguredTemporal } from '../temporal/connection.ts'
import { readAddresses } from './addresses.ts'
import { resolveBinary } from './binaries/index.ts'

/** `npm run temporal -- ARGS…`: runs the Temporal CLI with the given arguments against the server in use. */
async function main(): Promise<void> {
  const config = loadConfig()
  const file = await resolveBinary('temporal', console.error)
  const address = findConfiguredTemporal(config)?.options.address ?? readAddresses(config.dataDir).temporal
  const child = spawn(file, process.argv.slice(2), { stdio: 'inherit', env: { ...process.env, TEMPORAL_ADDRESS: address } })
  // The terminal sends Ctrl-C to both; the CLI decides when to exit.
  process.on('SIGINT', () => {})
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0)
  })
}

main().catch((error) => {
  if (!(error instanceof OptimizerError)) throw error
  console.error(error.message)
  process.exitCode = 1
})
