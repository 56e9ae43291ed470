import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'

/**
 * The path of a file relative to its git repository, or else to the working directory. A file outside both has
 * its bare name, so its patch is applied in the file's own folder.
 */
export function findPathInRepository(file: string): string {
  const path = followLinks(resolve(file))
  const root = findRoot(dirname(path)) ?? process.cwd()
  return path.startsWith(join(root, sep)) ? relative(root, path).replaceAll(sep, '/') : basename(path)
}

/** The path with symbolic links resolved; the file need not exist yet. */
function followLinks(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(followLinks(dirname(path)), basename(path))
}

/** The closest folder with `.git`, which is a folder, or a file in a worktree. */
function findRoot(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder
  const above = dirname(folder)
  return above === folder ? undefined : findRoot(above)
}
