import { z } from 'zod'
import { safeRecordSchema } from './name.ts'
import { findStorageProblem } from './text.ts'

/** Levels of nesting in an agent's JSON: PostgreSQL's parser and many others end at a few thousand. */
const deepestJson = 50

/** A JSON object whose content is the agent's own. */
export const jsonObjectSchema = safeRecordSchema(z.string(), z.unknown()).superRefine((content, context) => {
  const problem = findJsonProblem(content)
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

/** The reason why JSON cannot be stored; undefined if it can. */
export const findJsonProblem = (value: unknown): string | undefined => findUnusable(value, deepestJson)

/** Looks no deeper than the levels that are left. */
function findUnusable(value: unknown, levelsLeft: number): string | undefined {
  if (typeof value === 'string') return findStorageProblem(value)
  if (typeof value !== 'object' || value === null) return undefined
  if (levelsLeft === 0) return `is nested more than ${deepestJson} levels deep`
  for (const [key, part] of Object.entries(value)) {
    const problem = findStorageProblem(key) ?? findUnusable(part, levelsLeft - 1)
    if (problem) return problem
  }
  return undefined
}

/** The content of JSON text; undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** JSON in which the order of keys does not matter: equal content, equal text. */
export const toCanonicalJson = (content: object | undefined) =>
  JSON.stringify(content, (_key, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
