import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

/** The path of a file as its git repository knows it; where there is none, as seen from the working directory. */
export function findPathInRepository(file: string): string {
  const path = resolve(file)
  const root = findRoot(dirname(path)) ?? process.cwd()
  return relative(root, path).replaceAll(sep, '/')
}

/** The closest folder with `.git`, which is a folder, or a file in a worktree. */
function findRoot(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder
  const above = dirname(folder)
  return above === folder ? undefined : findRoot(above)
}
