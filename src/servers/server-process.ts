import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OptimizerError } from '../model/errors.ts'
import { findProcessIdentity, isProcessRunning, type ProcessIdentity } from './process-identity.ts'

export interface ServerCommand {
  file: string
  args: string[]
  uid?: number
  gid?: number
}

export interface ServerDescription {
  /** Names the log file and the record of the process. */
  name: string
  title: string
  dataDir: string
  command: ServerCommand
  stopSignal: NodeJS.Signals
  /** Rejects for as long as the server is not ready. */
  check: () => Promise<void>
  log: (line: string) => void
}

export interface RunningServer {
  stop(): Promise<void>
}

const startTimeoutMs = 60_000
const stopTimeoutMs = 15_000
const restartDelayMs = 1_000
const startAttempts = 3
/** Of a Go program that panicked, as Temporal's development server now and then does while it starts. */
const panicExitCode = 2

/**
 * Starts a server as a process of its own group, so that Ctrl-C reaches only the supervisor, which stops the servers in order.
 * A server that ends by itself later is started again.
 * @throws OptimizerError `server-failed` with its last words when it ends or is not ready within a minute.
 */
export async function startServer(server: ServerDescription): Promise<RunningServer> {
  const logFile = join(server.dataDir, 'logs', `${server.name}.log`)
  mkdirSync(join(server.dataDir, 'logs'), { recursive: true })
  const logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  let stopping = false
  let child = launch(server, logFile)

  const stop = async () => {
    stopping = true
    await end(child, server.stopSignal)
    rmSync(recordOf(server), { force: true })
  }
  const keepRunning = () => {
    child.once('exit', async (code, signal) => {
      if (stopping) return
      server.log(
        `${server.title} ended unexpectedly (${signal ?? `exit code ${code}`}) and is started again; its log: ${logFile}`,
      )
      await delay(restartDelayMs)
      if (stopping) return
      child = launch(server, logFile)
      keepRunning()
    })
  }

  let problem = await waitUntilServerReady(child, server.check)
  for (let attempt = 1; child.exitCode === panicExitCode && attempt < startAttempts; attempt++) {
    server.log(`${server.title} crashed while it started and is started again; its log: ${logFile}`)
    child = launch(server, logFile)
    problem = await waitUntilServerReady(child, server.check)
  }
  if (problem !== null) {
    await stop()
    const words = extractFailureLine(readFileSync(logFile).subarray(logStart).toString())
    throw new OptimizerError('server-failed', `${server.title} did not start: ${words || problem}; its log is ${logFile}.`)
  }
  keepRunning()
  return { stop }
}

/** Stops the server that a supervisor which died without stopping it has left behind.
 * @returns the id it had, whether it still ran or not, or null */
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

function launch(server: ServerDescription, logFile: string): ChildProcess {
  const { file, args, uid, gid } = server.command
  const output = openSync(logFile, 'a')
  const child = spawn(file, args, { detached: true, stdio: ['ignore', output, output], cwd: server.dataDir, uid, gid })
  closeSync(output)
  child.on('error', () => {})
  const identity = child.pid === undefined ? null : findProcessIdentity(child.pid)
  if (identity) {
    mkdirSync(join(server.dataDir, 'run'), { recursive: true })
    writeFileSync(recordOf(server), JSON.stringify(identity))
  }
  return child
}

function recordOf(server: Pick<ServerDescription, 'name' | 'dataDir'>): string {
  return join(server.dataDir, 'run', `${server.name}.json`)
}

/** @returns null once the server is ready, else why it will not be. */
async function waitUntilServerReady(child: ChildProcess, check: () => Promise<void>): Promise<string | null> {
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    if (hasEnded(child)) return `it ended at once (${child.signalCode ?? `exit code ${child.exitCode}`})`
    try {
      await check()
      // What answers may be another server that took the port first.
      if (!hasEnded(child)) return null
    } catch (error) {
      if (Date.now() > deadline) return `it was not ready within ${startTimeoutMs / 1000} s (${(error as Error).message})`
    }
    await delay(50)
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill(signal)
  const impatience = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(impatience)
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** The last line of a log that tells of a failure, or else its last line. */
function extractFailureLine(log: string): string {
  const lines = log.trim().split('\n')
  const failure = lines.findLast((line) => /fatal|panic|error/i.test(line))
  return (failure ?? lines.at(-1) ?? '').trim()
}
