/** How figures, moments, changes and commands read in an explanation. */
import type { KnobChange } from '../../../model/finished-trial.ts'
import type { KnobValue, MetricName } from '../../../model/knob.ts'

export const metricLabels: Record<MetricName, string> = {
  responseTime: 'response time',
  successRate: 'success rate',
  coordinationScore: 'coordination score',
  resourceEfficiency: 'resource efficiency',
}

/** "a, b and c" */
export function joinWithAnd(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** A sentence of its own: capital first, full stop last. */
export const toSentence = (text: string) => withFullStop(text.charAt(0).toUpperCase() + text.slice(1))

/** A sentence that begins with a name, which stays as it is. */
export const withFullStop = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

export const formatValue = (value: KnobValue | undefined) => (Array.isArray(value) ? value.join(' > ') : String(value))

/** "cacheTtlMs from 0 to 600 and retries from 1 to 2" */
export const describeChanges = (changes: readonly KnobChange[]) =>
  joinWithAnd(changes.map(({ knob, from, to }) => `${knob} from ${formatValue(from)} to ${formatValue(to)}`))

/** "cacheTtlMs=600 order=a,b", as the command line takes it. */
export function formatAssignments(values: readonly { knob: string; value: KnobValue }[]): string {
  return values.map(({ knob, value }) => shellWord(`${knob}=${Array.isArray(value) ? value.join(',') : value}`)).join(' ')
}

const shellWord = (word: string) => (/^[\w=.,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/** "3 trials", "1 trial" */
export const pluralize = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** "3 of 5" as a share with its percentage. */
export const formatShare = (part: number, whole: number) => `${part} of ${whole} (${Math.round((100 * part) / whole)} %)`
