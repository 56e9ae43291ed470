import { OptimizerError } from '../model/errors.ts'
import { findAgent } from '../store/agents.ts'
import { listMatchingIds } from '../store/list-matching-ids.ts'
import type { StoredContext } from './context.ts'

/** Shorter texts are hardly ever unambiguous. */
const shortest = 3
/** Maximum number of ids in the error message. */
const maxNamed = 5

type Context = Pick<StoredContext, 'db'>

/**
 * The id of a trial or strategy that a person shortened to its beginning or its end, such as `x7k2m` for `opt_1728563421789_x7k2m`. Any other text
 * is returned unchanged, for the caller to reject.
 * @throws OptimizerError `invalid-id` if several ids are meant
 */
export const resolveTrialId = (context: Context, text: string): Promise<string> => resolveId(context, 'strategies', text)

/** The same for the id of a cycle. @throws OptimizerError `invalid-id` */
export const resolveCycleId = (context: Context, text: string): Promise<string> => resolveId(context, 'cycles', text)

async function resolveId({ db }: Context, table: 'strategies' | 'cycles', text: string): Promise<string> {
  if (text.length < shortest) return text
  const [first, ...others] = await listMatchingIds(db, table, text, maxNamed)
  if (first === undefined) return text
  if (others.length === 0) return first
  const more = others.length === maxNamed - 1 ? ' and perhaps others' : ''
  throw new OptimizerError('invalid-id', `${text} may be ${[first, ...others].join(', ')}${more}; enter more of the id.`)
}

/** The same for a text that may also be the name of an agent, which comes first. @throws OptimizerError `invalid-id` */
export const resolveAgentOrTrialId = async (context: Context, text: string): Promise<string> =>
  (await findAgent(context.db, text)) ? text : await resolveTrialId(context, text)
