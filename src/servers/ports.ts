import { createServer } from 'node:net'
import { OptimizerError } from '../model/errors.ts'

/** Below 32768 Linux gives no ports to outgoing connections, which would take a free one before its server does. */
const free = { from: 10_000, to: 32_000 }
const claimAttempts = 20
const startAttempts = 3

/** A free port of 127.0.0.1: `wanted`, or any if that is 0.
 * @param variable the environment variable that chooses another port
 * @throws OptimizerError `port-taken` */
export async function claimPort(wanted: number, title: string, variable: string): Promise<number> {
  const refuse = (cause: NodeJS.ErrnoException) => {
    const problem = cause.code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${cause.code})`
    const remedy = `free it, or set ${variable} to another port (0 for any free one)`
    throw new OptimizerError('port-taken', `Port ${wanted} for ${title} ${problem}; ${remedy}.`, { cause })
  }
  if (wanted !== 0) return await tryPort(wanted).catch(refuse)
  for (let attempt = 0; attempt < claimAttempts; attempt++) {
    const port = free.from + Math.floor(Math.random() * (free.to - free.from))
    if (await tryPort(port).catch(() => null)) return port
  }
  return await tryPort(0).catch(refuse)
}

/**
 * Calls `start`, which claims ports and starts a server on them, again if another program takes a port in between.
 * @throws OptimizerError `port-taken`, and what `start` throws
 */
export async function startOnClaimedPorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      const lost = error instanceof OptimizerError && error.code === 'port-taken'
      if (!lost || attempt === startAttempts) throw error
    }
  }
}

/** @returns the port, which is free at this moment */
function tryPort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : wanted
      server.close(() => resolve(port))
    })
  })
}
