import type { ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describeError, OptimizerError } from '../model/errors.ts'
import { extractFailureLine } from './failure-line.ts'
import { findProcessIdentity, isProcessRunning, type ProcessIdentity } from './process-identity.ts'
import { hasEnded, type ServerCommand, SupervisedProcess } from './supervised-process.ts'

export interface ServerDescription {
  /** The name of the log file and of the process record. */
  name: string
  title: string
  dataDir: string
  command: ServerCommand
  stopSignal: NodeJS.Signals
  /** Rejects until the server is ready. */
  check: () => Promise<void>
  log: (line: string) => void
}

export interface RunningServer {
  stop(): Promise<void>
}

const startTimeoutMs = 60_000
const stopTimeoutMs = 15_000
const startAttempts = 3
/** Exit code of a Go program that panicked, as Temporal's development server occasionally does while starting. */
const panicExitCode = 2

/**
 * Starts a server in its own process group, so that Ctrl-C reaches only the supervisor, which stops the servers in order.
 * A server that exits unexpectedly later is restarted.
 * @throws OptimizerError `server-failed`, with the reason from its log, if it exits or is not ready within a minute; `port-taken` if
 * another program took its port.
 */
export async function startServer(server: ServerDescription): Promise<RunningServer> {
  const logFile = join(server.dataDir, 'logs', `${server.name}.log`)
  const logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  const supervised = new SupervisedProcess({
    command: { cwd: server.dataDir, ...server.command },
    logFile,
    stopSignal: server.stopSignal,
    stopTimeoutMs,
    onLaunch: (child) => recordProcess(server, child),
    onUnexpectedExit: ({ signalCode, exitCode }) =>
      server.log(
        `${server.title} exited unexpectedly (${signalCode ?? `exit code ${exitCode}`}) and is being restarted; see ${logFile}`,
      ),
    onRestartFailure: (error) => server.log(`${server.title} could not be restarted properly (${describeError(error)})`),
  })
  const stop = async () => {
    await supervised.stop()
    rmSync(recordOf(server), { force: true })
  }

  let child = supervised.launch()
  let problem = await waitUntilServerReady(child, server.check)
  for (let attempt = 1; child.exitCode === panicExitCode && attempt < startAttempts; attempt++) {
    server.log(`${server.title} crashed while starting and is being restarted; see ${logFile}`)
    child = supervised.launch()
    problem = await waitUntilServerReady(child, server.check)
  }
  if (problem !== null) {
    await stop()
    const output = readFileSync(logFile).subarray(logStart).toString()
    const code = /address already in use/i.test(output) ? 'port-taken' : 'server-failed'
    throw new OptimizerError(code, `${server.title} did not start: ${extractFailureLine(output) || problem}; see ${logFile}.`)
  }
  supervised.supervise()
  return { stop }
}

/** Stops a server left behind by a supervisor that died.
 * @returns its process id, whether or not it was still running; null if none was left behind */
export async function stopLeftoverServer(
  server: Pick<ServerDescription, 'name' | 'dataDir' | 'stopSignal'>,
): Promise<number | null> {
  let recorded: ProcessIdentity
  try {
    recorded = JSON.parse(readFileSync(recordOf(server), 'utf8'))
  } catch {
    return null
  }
  const deadline = Date.now() + stopTimeoutMs
  if (isProcessRunning(recorded)) process.kill(recorded.pid, server.stopSignal)
  while (isProcessRunning(recorded)) {
    if (Date.now() > deadline) process.kill(recorded.pid, 'SIGKILL')
    await delay(20)
  }
  rmSync(recordOf(server), { force: true })
  return recorded.pid
}

/** Records the process, for a later supervisor. The record is there as a whole or not at all, also on a full disk. */
function recordProcess(server: Pick<ServerDescription, 'name' | 'dataDir'>, { pid }: ChildProcess): void {
  const identity = pid === undefined ? null : findProcessIdentity(pid)
  if (!identity) return
  mkdirSync(join(server.dataDir, 'run'), { recursive: true })
  const [file, beside] = [recordOf(server), `${recordOf(server)}.new`]
  writeFileSync(beside, JSON.stringify(identity))
  renameSync(beside, file)
}

function recordOf(server: Pick<ServerDescription, 'name' | 'dataDir'>): string {
  return join(server.dataDir, 'run', `${server.name}.json`)
}

/** @returns null once the server is ready, otherwise why it did not start */
async function waitUntilServerReady(child: ChildProcess, check: () => Promise<void>): Promise<string | null> {
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    if (hasEnded(child)) return `it exited at once (${child.signalCode ?? `exit code ${child.exitCode}`})`
    try {
      await check()
      // Another server that took the port first may be the one that answers.
      if (!hasEnded(child)) return null
    } catch (error) {
      if (Date.now() > deadline) return `it was not ready within ${startTimeoutMs / 1000} s (${(error as Error).message})`
    }
    await delay(50)
  }
}
