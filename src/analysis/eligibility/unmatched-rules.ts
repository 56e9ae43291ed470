import type { Knob } from '../../model/knob.ts'
import { type Limits, ruleAppliesTo } from '../../model/limits.ts'
import type { MetricCatalogue } from '../../model/metric.ts'

/**
 * Rules of the limits that match no known agent, knob or metric, as they are written: a typo would otherwise silently have no effect.
 * @param knobs that each agent declares, by agent id
 */
export function findUnmatchedRules(
  { neverTouch, maxSteps, floors, freeze }: Limits,
  agents: readonly { agentId: string; kind: string }[],
  knobs: Readonly<Record<string, readonly Knob[]>>,
  catalogue: MetricCatalogue,
): string[] {
  const fits = (rule: { agent?: string; kind?: string; knob?: string; metric?: string }) =>
    (rule.metric === undefined || catalogue.has(rule.metric)) &&
    agents.some(
      (agent) =>
        ruleAppliesTo(rule, agent) && (rule.knob === undefined || knobs[agent.agentId]?.some(({ name }) => name === rule.knob)),
    )
  return Object.entries({ neverTouch, maxSteps, floors, freeze }).flatMap(([list, rules]) =>
    rules
      .filter((rule) => !fits(rule))
      .map(({ agent, kind, knob, metric }: { agent?: string; kind?: string; knob?: string; metric?: string }) => {
        return `${list} ${JSON.stringify({ agent, kind, knob, metric })}`
      }),
  )
}
