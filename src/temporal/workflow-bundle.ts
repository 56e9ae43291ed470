/** The workflows' code as a worker loads it. `node src/temporal/workflow-bundle.ts FILE` writes the bundle that saves its start the bundling. */
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker'
import { OptimizerError } from '../model/errors.ts'

const isSource = import.meta.url.endsWith('.ts')
const workflowsPath = fileURLToPath(new URL(isSource ? '../workflows/index.ts' : '../workflows/index.js', import.meta.url))
/** Written by `npm run build`. */
const builtBundle = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url))

/**
 * The bundle where there is one: the file that is named, or that of the package as built. Else the source, which the worker bundles as
 * it starts.
 * @throws OptimizerError `invalid-config` where the named file does not exist
 */
export function findWorkflowCode(file?: string): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (file && !existsSync(file)) {
    throw new OptimizerError(
      'invalid-config',
      `There is no workflow bundle ${file}; correct OPTIMIZER_WORKFLOW_BUNDLE or leave it out.`,
    )
  }
  const codePath = file ?? (!isSource && existsSync(builtBundle) ? builtBundle : undefined)
  return codePath ? { workflowBundle: { codePath } } : { workflowsPath }
}

/** Bundles the workflows of this very version for workers of this very version. */
export async function writeWorkflowBundle(file: string): Promise<void> {
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') })
  writeFileSync(file, code)
}

if (import.meta.main) await writeWorkflowBundle(process.argv[2] ?? builtBundle)
