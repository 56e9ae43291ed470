import type { z } from 'zod'
import { pluralize } from './format.ts'
import { toCleanText } from './text.ts'

/** Characters of a description; a field's name, which it quotes, may be longer. */
const longestDescription = 300

/**
 * The first problem of an input, as `field.of.input: what is wrong`, safe to store and to send.
 * @param whole the name of the input, for a problem that concerns all of it
 */
export function describeIssue({ issues }: z.core.$ZodError, whole: string): string {
  const issue = findNearestLimit(issues)
  const cause = issue?.code === 'invalid_key' ? issue.issues[0] : issue
  return toCleanText(`${issue?.path.join('.') || whole}: ${cause && describeCause(cause)}`, longestDescription)
}

/** The first problem; if the same field exceeds several limits, the nearest. */
function findNearestLimit([first, ...others]: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  return others.reduce((nearest, other) => {
    const isSame = nearest?.path.join('.') === other.path.join('.')
    if (!isSame) return nearest
    if (nearest.code === 'too_big' && other.code === 'too_big') return other.maximum < nearest.maximum ? other : nearest
    if (nearest.code === 'too_small' && other.code === 'too_small') return other.minimum > nearest.minimum ? other : nearest
    return nearest
  }, first)
}

/** Says in words which values are allowed, where the schema does not say it itself. */
function describeCause(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options) ? `must be one of ${issue.options.join(', ')}` : issue.message
    case 'invalid_type':
      return / received undefined$/.test(issue.message)
        ? `is missing; it must be ${describeType(issue.expected)}`
        : `must be ${describeType(issue.expected)}`
    case 'too_small':
      return describeLimit(issue.origin, issue.inclusive === false ? 'above' : 'at least', Number(issue.minimum))
    case 'too_big':
      return describeLimit(issue.origin, issue.inclusive === false ? 'below' : 'at most', Number(issue.maximum))
    default:
      return issue.message
  }
}

const types: Record<string, string> = { int: 'a whole number', array: 'a list', record: 'an object' }

/** "a string", "an object" */
const describeType = (type: string) => types[type] ?? `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`

const parts: Record<string, string> = { string: 'character', array: 'item', map: 'item', set: 'item', record: 'item' }

/** "must be at most 100", "must have at least 1 character" */
function describeLimit(origin: string, side: string, limit: number): string {
  const part = parts[origin]
  return part ? `must have ${side} ${pluralize(limit, part)}` : `must be ${side} ${limit}`
}
