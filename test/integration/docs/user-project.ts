import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../support/documents.ts'

export interface UserProject {
  folder: string
  /** Compiles everything in the project, strictly. @throws with the compiler's output */
  compile(): Promise<void>
  remove(): void
}

/** A project of a user: the package, built and installed as npm would, and files of the user's own. */
export async function createUserProject(files: Record<string, string>): Promise<UserProject> {
  const folder = mkdtempSync(join(tmpdir(), 'optimizer-user-'))
  const installed = join(folder, 'node_modules/performance-optimizer')
  mkdirSync(installed, { recursive: true })
  cpSync(join(root, 'package.json'), join(installed, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'))
  // Its types are checked by the type check of the repository.
  await tsc('-p', join(root, 'tsconfig.build.json'), '--noCheck', '--outDir', join(installed, 'dist'))

  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    // As `tsc --init` has it; the types of Temporal's SDK need it.
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return {
    folder,
    compile: () => tsc('-p', folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function tsc(...args: string[]): Promise<void> {
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), args).catch((error: { stdout: string }) => {
    throw new Error(error.stdout)
  })
}
