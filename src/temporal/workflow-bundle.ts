/** The workflows' code as a worker loads it. `node src/temporal/workflow-bundle.ts FILE` writes a bundle, so that workers need not bundle at start. */
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker'
import { OptimizerError } from '../model/errors.ts'

const isSource = import.meta.url.endsWith('.ts')
const workflowsPath = fileURLToPath(new URL(isSource ? '../workflows/index.ts' : '../workflows/index.js', import.meta.url))
/** Written by `npm run build`. */
const builtBundle = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url))

/**
 * The named bundle, otherwise that of the built package, otherwise the source, which the worker bundles at start.
 * @throws OptimizerError `invalid-config` if the named file does not exist
 */
export function findWorkflowCode(file?: string): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (file && !existsSync(file)) {
    throw new OptimizerError(
      'invalid-config',
      `There is no workflow bundle ${file}; correct OPTIMIZER_WORKFLOW_BUNDLE or unset it.`,
    )
  }
  const codePath = file ?? (!isSource && existsSync(builtBundle) ? builtBundle : undefined)
  return codePath ? { workflowBundle: { codePath } } : { workflowsPath }
}

/** Bundles the workflows of this version, for workers of the same version. */
export async function writeWorkflowBundle(file: string): Promise<void> {
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') })
  writeFileSync(file, code)
}

if (import.meta.main) await writeWorkflowBundle(process.argv[2] ?? builtBundle)
