/**
 * Bundles the client that agents embed: `node bundle-agent.ts <folder>` puts it in place of its modules there. With only what it uses of the
 * packages that it needs, an agent takes a third less memory.
 */
import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const source = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Messages in English are enough: zod's others are most of its code. */
const withoutLocales: Plugin = {
  name: 'without-locales',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /locales\/index\.js$/ }, ({ path }) => ({ path, namespace: 'none' }))
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export {}' }))
  },
}

/** Names of functions stay, for the profiles of an agent. @param entry what is bundled, by default the client alone */
export async function bundleAgent(outdir: string, entry = source('src/agent/index.ts')): Promise<void> {
  await build({
    entryPoints: [entry],
    outdir,
    bundle: true,
    splitting: true,
    minifyWhitespace: true,
    minifySyntax: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [withoutLocales],
    // For packages that are CommonJS.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  })
}

const [, program, folder] = process.argv
if (program === source('bundle-agent.ts') && folder) {
  for (const file of globSync('**/*.{js,js.map}', { cwd: folder })) rmSync(join(folder, file))
  await bundleAgent(folder)
}
