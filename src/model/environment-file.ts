/** Settings as an environment file: lines `NAME=value`, in a form that systemd, Docker and shells all understand. */
import type { Knob, KnobValue, KnobValues } from './knob.ts'

/** The variable with the version of the configuration. */
const versionVariable = 'OPTIMIZER_CONFIGURATION_VERSION'

/** Values that need no quotes anywhere; systemd, Docker and shells quote differently. */
const plain = /^[A-Za-z0-9_./:@%+-]*$/

/** `contextChunks` is `CONTEXT_CHUNKS`, and so is `context_chunks`. */
export const toVariableName = (knob: string): string =>
  knob
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()

/** Why knobs cannot be written to an environment file, as the end of a sentence; undefined if they can. */
export function describeUnwritableKnob(knobs: readonly Knob[]): string | undefined {
  const variables = new Map<string, string>([[versionVariable, 'the version']])
  for (const knob of knobs) {
    const variable = toVariableName(knob.name)
    const other = variables.get(variable)
    if (other) return `${knob.name} and ${other} would both map to the variable ${variable}; rename the knob`
    if (!/^[A-Z_]/.test(variable))
      return `${knob.name} would map to the variable ${variable}, which starts with a digit; rename the knob`
    variables.set(variable, knob.name)
    const texts = 'values' in knob ? knob.values : []
    const unwritable = texts.find((text) => !plain.test(text) || (knob.type === 'order' && text === ''))
    if (unwritable !== undefined)
      return `${knob.name} has the value ${JSON.stringify(unwritable)}; in an environment file, use only letters, digits and _./:@%+-`
  }
  return undefined
}

/** The content of an environment file; lists are separated by commas. */
export function formatEnvironmentFile({ version, values }: { version: number; values: KnobValues }): string {
  const lines = Object.entries(values).map(([knob, value]) => `${toVariableName(knob)}=${formatVariable(value)}`)
  return [`${versionVariable}=${version}`, ...lines, ''].join('\n')
}

const formatVariable = (value: KnobValue) => (Array.isArray(value) ? value.join(',') : String(value))
