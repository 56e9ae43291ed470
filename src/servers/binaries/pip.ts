import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Installs a single package into a folder, without its dependencies.
 * @throws Error with pip's own last line */
export async function pipInstall(requirement: string, folder: string): Promise<void> {
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check', '--root-user-action=ignore']
  const what = ['--no-deps', '--only-binary=:all:', '--timeout=10', '--retries=2', '--target', folder, requirement]
  try {
    await promisify(execFile)('python3', ['-m', 'pip', 'install', ...quiet, ...what], { timeout: 180_000 })
  } catch (error) {
    throw new Error(reason(error as NodeJS.ErrnoException & { stderr?: string }, requirement), { cause: error })
  }
}

function reason(error: { code?: unknown; stderr?: string }, requirement: string): string {
  if (error.code === 'ENOENT') return 'Python 3 is needed to install it; install python3 with pip'
  const line = error.stderr
    ?.trim()
    .split('\n')
    .findLast((text) => !/^(WARNING|\[notice\])/.test(text))
  if (line?.includes('No module named pip')) return 'pip is needed to install it; install python3-pip'
  return `python3 -m pip install ${requirement} failed: ${line ?? 'no response in time'}`
}
