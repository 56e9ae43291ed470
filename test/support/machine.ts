import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Starting an empty process takes about this on a machine that does nothing else. */
const quietMs = 50

/** How many times longer things take at present than on a quiet machine, at least 1: what bounds a time that is promised. */
export async function slowdown(): Promise<number> {
  const began = performance.now()
  await once(spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit')
  return Math.max(1, (performance.now() - began) / quietMs)
}
