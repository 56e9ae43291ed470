/** The text of an audit log entry, and the actions that it offers. */
import type { AuditEntry } from '../../src/model/audit.ts'
import type { KnobChange } from '../../src/model/finished-trial.ts'
import { formatChange, formatValue } from '../../src/model/format.ts'
import type { KnobValue } from '../../src/model/knob.ts'
import { isTrialId } from '../../src/model/record-id.ts'
import { toWords, withLocalTimes } from '../format.ts'

type Entry = Pick<AuditEntry, 'action' | 'actor' | 'subject' | 'cause' | 'detail'>

/** A page of one agent, trial or cycle. */
export type PageTarget = [page: 'agents' | 'trials' | 'cycles', id: string]

/** The actions, up to their dot, whose subject is an agent. */
const ofAgents = ['trial', 'configuration', 'approval', 'knob', 'undo', 'restore']

/** The page of an agent, trial or cycle that an entry names; undefined for anything else. */
export function findSubjectPage({ action, subject }: Entry): PageTarget | undefined {
  if (subject === null) return undefined
  if (isTrialId(subject)) return ['trials', subject]
  return ofAgents.includes(action.split('.')[0]!) ? ['agents', subject] : undefined
}

/** The same for what led to it. */
export function findCausePage({ action, cause, detail }: Entry): PageTarget | undefined {
  if (cause === null) return undefined
  if (isTrialId(cause)) return ['trials', cause]
  return action === 'trial.started' && cause !== fieldsOf(detail).trialId ? ['cycles', cause] : undefined
}

/** The trial that the details name. */
export const findTrialId = ({ detail }: Entry): string | undefined => textOf(fieldsOf(detail).trialId)

/**
 * Whose change is undone: that of a trial, or what an agent got by an entry and after it; undefined if nothing lasts, or
 * if it is undone already.
 */
export function findUndoTarget(entry: Entry): { trialId: string } | { agentId: string } | undefined {
  const { action, subject, cause } = entry
  const { verdict, keptBy, version, restoresVersion, undone } = fieldsOf(entry.detail)
  const isUndone = textOf(undone) !== undefined
  if (action === 'trial.concluded' && (verdict === 'keep' || typeof keptBy === 'string')) {
    const trialId = findTrialId(entry)
    return trialId === undefined || isUndone ? undefined : { trialId }
  }
  // The first version is what the agent came with.
  if (action !== 'configuration.changed' || subject === null || version === 1) return undefined
  if (cause === null || restoresVersion !== null) return { agentId: subject }
  return isUndone ? undefined : { trialId: cause }
}

/** The details of what was done, as names and values in words. */
export function describeDetail(detail: unknown): [name: string, value: string][] {
  const { from, to, ...fields } = fieldsOf(detail)
  const hasChange = from !== undefined && to !== undefined
  const rest = hasChange ? fields : { ...(from !== undefined && { from }), ...(to !== undefined && { to }), ...fields }
  const described = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]): [string, string] => [nameInWords(name), describeValue(value)])
  return hasChange ? [['change', `${describeValue(from)} → ${describeValue(to)}`], ...described] : described
}

const fieldsOf = (detail: unknown): Record<string, unknown> =>
  detail === null || detail === undefined ? {} : isObject(detail) ? detail : { detail }
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** "candidateVersion" as "candidate version" */
const nameInWords = (name: string) => toWords(name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`))

const isChange = (value: unknown): value is KnobChange => isObject(value) && 'knob' in value && 'from' in value && 'to' in value

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (isChange(value)) return formatChange(value)
  if (Array.isArray(value)) return value.map(describeValue).join(', ') || 'none'
  if (isObject(value))
    return (
      Object.entries(value)
        .map(([name, part]) => `${name} ${describeValue(part)}`)
        .join(', ') || 'none'
    )
  return withLocalTimes(formatValue(value as KnobValue))
}
