import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { OptimizerError } from '../model/errors.ts'
import { findProcessIdentity, isProcessRunning } from './process-identity.ts'

const addressesSchema = z.object({
  temporal: z.string().describe('host:port'),
  temporalUi: z.string().nullable(),
  postgres: z.string(),
  nats: z.string(),
  api: z.string(),
  agents: z.record(z.string(), z.array(z.string())).describe('URLs of the instances by agent'),
  folder: z.string().optional().describe('The folder that file names in its configuration are relative to'),
  configFile: z.string().optional().describe('The configuration file, if there is one'),
  pid: z.int().describe('The process that started everything'),
  started: z.string().describe('Distinguishes that process from a later one with the same id'),
})
/** The addresses of what is running; the file holds the database password and only its owner can read it. */
export type Addresses = Omit<z.infer<typeof addressesSchema>, 'pid' | 'started'>

/** Atomically writes `<dataDir>/addresses.json`, naming this process as the one that runs everything. */
export function writeAddresses(dataDir: string, addresses: Addresses): void {
  const file = fileIn(dataDir)
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, `${JSON.stringify({ ...addresses, ...findProcessIdentity(process.pid) }, null, 2)}\n`, {
    mode: 0o600,
  })
  renameSync(unfinished, file)
}

export function removeAddresses(dataDir: string): void {
  rmSync(fileIn(dataDir), { force: true })
}

/** The addresses of what is running on this data folder.
 * @throws OptimizerError `not-running` if nothing is running, or the process that started it has died */
export function readAddresses(dataDir: string): Addresses {
  const parsed = addressesSchema.safeParse(content(fileIn(dataDir)))
  if (!parsed.success || !isProcessRunning(parsed.data))
    throw new OptimizerError('not-running', 'The optimizer is not running; start it with npm start.')
  const { pid, started, ...addresses } = parsed.data
  return addresses
}

function content(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'addresses.json')
}
