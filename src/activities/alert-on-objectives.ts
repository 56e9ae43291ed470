import type { FleetFacts } from '../analysis/eligibility/index.ts'
import { findObjectiveProblem } from '../model/objective.ts'
import { describeScope } from '../model/objective-text.ts'
import { toCleanText } from '../model/text.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

/** Raises and resolves the alert that objectives contradict what their metrics are declared to be, as agents may do later. */
export async function alertOnObjectives(
  db: Database,
  { objectives, catalogue }: Pick<FleetFacts, 'objectives' | 'catalogue'>,
): Promise<void> {
  const alert = { cause: 'contradictory-objective', component: 'objectives' } as const
  const problems = objectives.flatMap((objective) => {
    const problem = findObjectiveProblem(objective, catalogue)
    return problem ? [`${describeScope(objective)} (${problem})`] : []
  })
  if (problems.length === 0) return await resolveAlert(db, alert)
  const message = `No changes are tried for objectives that conflict with the definitions of their metrics: ${problems.join('; ')}.`
  await raiseAlert(db, { ...alert, severity: 'high', message: toCleanText(message) })
}
