import { type BottleneckRule, describeRuleContradiction } from '../model/bottleneck-rule.ts'
import { isSystemMetric, type MetricCatalogue } from '../model/metric.ts'
import { findClosestName } from '../model/name.ts'
import { toCleanText } from '../model/text.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

/**
 * The bottleneck rules that match the declarations of their metrics. Raises and resolves the alert about the others, and about
 * those whose metric is not declared yet.
 */
export async function selectUsableRules(
  db: Database,
  rules: readonly BottleneckRule[],
  catalogue: MetricCatalogue,
): Promise<BottleneckRule[]> {
  const problemOf = ({ metric, ...rule }: BottleneckRule) => {
    if (catalogue.has(metric) || isSystemMetric(metric)) return describeRuleContradiction({ metric, ...rule }, catalogue)
    const close = findClosestName(metric, catalogue.keys())
    return `there is no metric ${metric}${close ? `; did you mean ${close}?` : ''}`
  }
  const problems = rules.flatMap((rule) => {
    const problem = problemOf(rule)
    return problem ? [`${rule.type} (${problem})`] : []
  })
  const alert = { cause: 'unusable-rule', component: 'bottleneckRules' } as const
  if (problems.length === 0) await resolveAlert(db, alert)
  else {
    const message = `These bottleneck rules have no effect: ${[...new Set(problems)].join('; ')}.`
    await raiseAlert(db, { ...alert, severity: 'medium', message: toCleanText(message) })
  }
  return rules.filter((rule) => describeRuleContradiction(rule, catalogue) === undefined)
}
