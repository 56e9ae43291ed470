import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { hasEnded } from '../../src/servers/supervised-process.ts'

/** Resolves once the process has ended, also if it had before. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}
