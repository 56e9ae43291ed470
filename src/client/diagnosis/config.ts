import type { Config } from '../../config/config.ts'
import { describeError } from '../../model/errors.ts'
import { findConfig } from '../find-config.ts'
import { type DiagnosisFinding, failedFinding, okFinding } from './finding.ts'

/** Checks the configuration, which the other checks use; there is none where it is the user's own and invalid. */
export function checkConfig(env: NodeJS.ProcessEnv): { config?: Config; finding: DiagnosisFinding } {
  const refuse = (problem: string) =>
    failedFinding('configuration', problem, 'correct it; docs/configuration.md lists every setting')
  let finding = okFinding('configuration', 'valid')
  try {
    const config = findConfig(env, (problem) => {
      finding = refuse(problem)
    })
    return { config, finding }
  } catch (error) {
    return { finding: refuse(describeError(error)) }
  }
}
