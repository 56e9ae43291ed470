import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { getCacheFolder, installAtomically } from '../../src/servers/binaries/cache.ts'

/** The folder of the packages that an example in Python needs, installed once for all runs of the tests. */
export async function installPackages(example: URL): Promise<string> {
  const requirements = fileURLToPath(new URL('requirements.txt', example))
  const packages = readFileSync(requirements, 'utf8').trim().split('\n')
  const folder = join(getCacheFolder(), ['python', ...packages.map((each) => each.replace('==', '-'))].join('-'))
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check', '--root-user-action=ignore']
  if (!existsSync(folder))
    await installAtomically(folder, async (fresh) => {
      await promisify(execFile)('python3', ['-m', 'pip', 'install', ...quiet, '--target', fresh, '-r', requirements])
    })
  return folder
}
