import type { ChildProcess } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { describeError } from '../model/errors.ts'
import type { ProcessOptions } from '../servers/supervised-process.ts'

type ExitReporter = Required<Pick<ProcessOptions, 'onLaunch' | 'onUnexpectedExit' | 'onRestartFailure' | 'onMessage'>>

/** Pino levels from here upwards are failures. */
const errorLevel = 50

/**
 * Says that a process exited and why, once for each reason while it is restarted again and again, and that it is back: a process of the
 * optimizer sends a message once it works.
 */
export function createExitReporter(title: string, logFile: string, log: (line: string) => void): ExitReporter {
  let logStart = 0
  let said: string | undefined
  return {
    onLaunch() {
      logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
    },
    onUnexpectedExit({ signalCode, exitCode }: Pick<ChildProcess, 'signalCode' | 'exitCode'>) {
      const reason = signalCode ?? (findLastError(logFile, logStart) || `exit code ${exitCode}`)
      if (reason !== said) log(`${title} exited unexpectedly (${reason}) and is being restarted; see ${logFile}`)
      said = reason
    },
    onRestartFailure(error) {
      log(`${title} could not be restarted properly (${describeError(error)})`)
    },
    onMessage() {
      if (said !== undefined) log(`${title} is back`)
      said = undefined
    },
  }
}

/** The message of the failure that a log ends with, if it does: a line of pino, or of Node, which a stack and its version follow. */
function findLastError(logFile: string, start: number): string | undefined {
  let output: string
  try {
    output = readFileSync(logFile).subarray(start).toString()
  } catch {
    return undefined
  }
  const line = output.split('\n').findLast((line) => /^[\w{]/.test(line) && !line.startsWith('Node.js v'))
  try {
    const { level, msg } = JSON.parse(line ?? '')
    return level >= errorLevel ? msg : undefined
  } catch {
    return line
  }
}
