import { createServer } from 'node:net'
import { OptimizerError } from '../model/errors.ts'

/** A free port of 127.0.0.1: `wanted`, or any if that is 0.
 * @param variable the environment variable that chooses another port
 * @throws OptimizerError `port-taken` */
export async function claimPort(wanted: number, title: string, variable: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new OptimizerError(
          'port-taken',
          `Port ${wanted} for ${title} ${cause.code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${cause.code})`}; ` +
            `free it, or set ${variable} to another port (0 for any free one).`,
          { cause },
        ),
      ),
    )
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : wanted
      server.close(() => resolve(port))
    })
  })
}
