import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import type { configSchema } from '../src/config/config.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { type Installation, type InstallationOptions, startInstallation } from '../src/start/installation.ts'

export interface BenchInstallation extends Installation {
  /** The process ids of its programs, as they are now. */
  findProcess(program: 'api' | 'worker' | 'postgres'): number | undefined
}

const anyPorts = { temporal: 0, temporalUi: 0, postgres: 0, nats: 0, api: 0 }

/** All that `npm start` starts, on a folder and ports of its own; without the fleet and without cycles that start by themselves, unless told otherwise. */
export async function startBenchInstallation(
  config: Partial<z.input<typeof configSchema>> = {},
  { fleet = false, paused = true }: Partial<Pick<InstallationOptions, 'fleet' | 'paused'>> = {},
): Promise<BenchInstallation> {
  const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-bench-'))
  const file = join(dataDir, 'config.json')
  writeFileSync(file, JSON.stringify({ dataDir, ports: anyPorts, ...config }))
  // The worker and the API read it too.
  process.env.OPTIMIZER_CONFIG = file
  const installation = await startInstallation(loadConfig({ OPTIMIZER_CONFIG: file }), {
    fleet,
    paused,
    log: () => undefined,
  })
  return {
    ...installation,
    findProcess: (program) => (program === 'postgres' ? findRecorded(dataDir) : findChild(`src/${program}.ts`)),
    async stop() {
      await installation.stop()
      delete process.env.OPTIMIZER_CONFIG
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function findRecorded(dataDir: string): number | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'run', 'postgres.json'), 'utf8')).pid
  } catch {
    return undefined
  }
}

function findChild(program: string): number | undefined {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  const found = processes
    .map((line) => line.trim().split(/\s+/))
    .find(([, parent, ...args]) => Number(parent) === process.pid && args.join(' ').includes(program))
  return found && Number(found[0])
}
