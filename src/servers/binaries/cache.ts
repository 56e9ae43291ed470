import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** The folder of programs shared by all clones and data folders of this user: OPTIMIZER_CACHE_DIR, or a folder in the user's cache. */
export function getCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.OPTIMIZER_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'performance-optimizer')
}

/** Fills `folder` through a temporary one, so that it is complete once it exists and parallel installations do not conflict. */
export async function installAtomically(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const unfinished = await mkdtemp(`${folder}.unfinished-`)
  try {
    await fill(unfinished)
    await rename(unfinished, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}
