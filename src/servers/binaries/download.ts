import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const connectTimeoutMs = 5_000
const downloadTimeoutMs = 300_000

/** Downloads the official Temporal CLI to `<folder>/bin/temporal`.
 * @throws Error if the download does not start within five seconds or does not finish within five minutes */
export async function downloadTemporal(folder: string, origin = 'https://temporal.download'): Promise<void> {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const url = `${origin}/cli/archive/latest?platform=${process.platform}&arch=${arch}`
  const connecting = new AbortController()
  const timer = setTimeout(() => connecting.abort(new Error('no answer')), connectTimeoutMs)
  const response = await fetch(url, {
    signal: AbortSignal.any([connecting.signal, AbortSignal.timeout(downloadTimeoutMs)]),
  }).finally(() => clearTimeout(timer))
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await writeFile(join(folder, 'archive.tar.gz'), Buffer.from(await response.arrayBuffer()))
  await promisify(execFile)('tar', ['-xzf', join(folder, 'archive.tar.gz'), '-C', bin])
}
