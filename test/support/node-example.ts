import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { getCacheFolder, installAtomically } from '../../src/servers/binaries/cache.ts'

/** A copy of an example that is a package of its own, with its dependencies, installed once for all runs of the tests. @returns its folder */
export async function installExample(example: URL): Promise<string> {
  const name = fileURLToPath(example).split('/').filter(Boolean).at(-1)
  const manifest = fileURLToPath(new URL('package.json', example))
  const folder = join(getCacheFolder(), `${name}-${hash('sha256', readFileSync(manifest)).slice(0, 12)}`)
  if (!existsSync(folder))
    await installAtomically(folder, async (fresh) => {
      copyFileSync(manifest, join(fresh, 'package.json'))
      await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--fetch-timeout=30000'], {
        cwd: fresh,
        timeout: 180_000,
      })
    })
  return folder
}

/** Whether a failed installation means that this machine does not reach the registry of packages. */
export const isRegistryAway = ({ message }: Error): boolean =>
  /\bcode (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/.test(message)
