import { clearObjective, setObjective } from '../client/objectives.ts'
import { withDatabase } from '../client/with-database.ts'
import { OptimizerError } from '../model/errors.ts'
import { describeIssue } from '../model/issue.ts'
import { isSameScope, type ObjectiveInput, type ObjectiveScope, objectiveSchema } from '../model/objective.ts'
import { describeObjective, describeScope, parseBound, parseGoal } from '../model/objective-text.ts'
import { readObjectiveHistory, readObjectives } from '../reading/objectives.ts'
import { formatObjectiveHistory, formatObjectives } from '../terminal/format-objectives.ts'
import { print, printList, printMessage } from '../terminal/print.ts'
import { collectAssignment } from './arguments.ts'
import { getCurrentUser } from './current-user.ts'
import type { FilterOptions } from './filter-options.ts'
import { hasFilter, readFilteredPage } from './filters.ts'
import { withClient } from './with-client.ts'

interface ScopeOptions {
  kind?: string
  fleet?: boolean
}

interface GoalOptions extends ScopeOptions {
  minimize?: string
  maximize?: string
  weigh?: string[]
  subjectTo?: string[]
  tolerate?: Map<string, string>
  allowUndeclared?: boolean
  reason: string
}

export async function showObjective(
  agent: string | undefined,
  { history, json, ...filters }: FilterOptions & { history?: boolean; json?: boolean },
): Promise<void> {
  await withDatabase(async (client) => {
    if (history) {
      const read = (limit: number) => readObjectiveHistory(client, limit)
      const found = await readFilteredPage(read, filters, { at: ({ changedAt }) => changedAt })
      printList(found, formatObjectiveHistory, { json, isFiltered: hasFilter(filters) })
    } else print(await readObjectives(client, agent), formatObjectives, json)
  })
}

export async function runSetObjective(agent: string | undefined, options: GoalOptions): Promise<void> {
  const { minimize, maximize, weigh, subjectTo = [], tolerate = new Map<string, string>(), reason } = options
  const goal = parseGoal(minimize ?? maximize ?? '')
  const input: ObjectiveInput = {
    ...parseScope(agent, options),
    ...(minimize !== undefined && { minimize: goal.metric }),
    ...(maximize !== undefined && { maximize: goal.metric }),
    ...(goal.quantile !== undefined && { quantile: goal.quantile }),
    ...(weigh && { weigh: parseWeights(weigh) as ObjectiveInput['weigh'] }),
    subjectTo: subjectTo.map(parseBound),
    tolerate: toNumbers(tolerate),
  }
  const parsed = objectiveSchema.safeParse(input)
  if (!parsed.success) throw new OptimizerError('invalid-input', describeIssue(parsed.error, 'the objective'))
  await withClient(async (client) => {
    const replaced = (await readObjectives(client)).find(({ objective }) => isSameScope(objective, parsed.data))
    const { agents, notes } = await setObjective(client, parsed.data, getCurrentUser(), reason, options.allowUndeclared)
    printMessage(`The objective of ${describeScope(parsed.data)} is to ${describeObjective(parsed.data)}.`)
    if (replaced) printMessage(`It replaces: ${describeObjective(replaced.objective)}.`)
    printMessage(agents.length > 0 ? `It applies to ${agents.join(', ')} from the next cycle on.` : 'It applies to no agent yet.')
    for (const note of notes) printMessage(note)
  })
}

export async function runClearObjective(agent: string | undefined, options: ScopeOptions & { reason: string }): Promise<void> {
  const scope = parseScope(agent, options)
  await withClient(async (client) => {
    const cleared = await clearObjective(client, scope, getCurrentUser(), options.reason)
    printMessage(
      cleared
        ? `The objective of ${describeScope(scope)} that was set by command is cleared.`
        : `No objective of ${describeScope(scope)} was set by command; nothing was changed.`,
    )
  })
}

/** A preset by name, or `metric=weight` each. */
function parseWeights(texts: readonly string[]): string | Record<string, number> {
  const [first, ...more] = texts
  if (more.length === 0 && !first!.includes('=')) return first!
  return toNumbers(texts.reduce<Map<string, string>>((weights, text) => collectAssignment(text, weights), new Map()))
}

const toNumbers = (texts: ReadonlyMap<string, string>) =>
  Object.fromEntries([...texts].map(([metric, text]) => [metric, text.trim() === '' ? Number.NaN : Number(text)]))

function parseScope(agent: string | undefined, { kind, fleet }: ScopeOptions): ObjectiveScope {
  const named = [agent, kind, fleet].filter((scope) => scope !== undefined)
  if (named.length !== 1)
    throw new OptimizerError('invalid-input', 'Specify whom the objective is for: an agent, --kind <kind> or --fleet.')
  return { ...(agent !== undefined && { agent }), ...(kind !== undefined && { kind }) }
}
