/** Builds the dashboard: `node dashboard/build.ts <folder>` writes it for the package, and the API of a checkout builds it when it starts. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const source = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The files of the dashboard by name. @throws Error if its source has a mistake */
export async function buildDashboard(): Promise<Record<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: { app: source('main.tsx') },
    outdir: source('.'),
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  })
  const copied = ['index.html', 'icon.svg'].map((name) => [name, new Uint8Array(readFileSync(source(name)))])
  return Object.fromEntries([...copied, ...outputFiles.map(({ path, contents }) => [basename(path), contents])])
}

const [, program, folder] = process.argv
if (program === source('build.ts') && folder) {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(await buildDashboard())) writeFileSync(join(folder, name), content)
}
