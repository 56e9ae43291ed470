import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'

/**
 * The path of a file as its git repository knows it; where there is none, as seen from the working directory, or of a file that is not
 * below that, its name alone, so that the patch is applied in its folder.
 */
export function findPathInRepository(file: string): string {
  const path = followLinks(resolve(file))
  const root = findRoot(dirname(path)) ?? process.cwd()
  return path.startsWith(join(root, sep)) ? relative(root, path).replaceAll(sep, '/') : basename(path)
}

/** The path without symbolic links, whether or not there is such a file yet. */
function followLinks(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(followLinks(dirname(path)), basename(path))
}

/** The closest folder with `.git`, which is a folder, or a file in a worktree. */
function findRoot(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder
  const above = dirname(folder)
  return above === folder ? undefined : findRoot(above)
}
