/** Objectives in the notation of the command line. */
import { OptimizerError } from './errors.ts'
import type { Bound, BoundInput, Objective, ObjectiveScope } from './objective.ts'

/** Parses `qualityScore>=0.8` or `p95(responseTime)<=3000`. @throws OptimizerError `invalid-input` */
export function parseBound(text: string): BoundInput {
  const [, quantile, quantified, plain, sign, limit] =
    /^\s*(?:p(\d+)\(\s*([\w.-]+)\s*\)|([\w.-]+))\s*([<>]=)\s*(-?[\d.]+(?:e-?\d+)?)\s*$/i.exec(text) ?? []
  const value = Number(limit)
  const metric = quantified ?? plain
  if (metric === undefined || !Number.isFinite(value))
    throw new OptimizerError(
      'invalid-input',
      `${text} is not a bound; write it like 'qualityScore>=0.8' or 'p95(responseTime)<=3000'.`,
    )
  return {
    metric,
    ...(quantile !== undefined && { quantile: (Number(quantile) / 100) as Bound['quantile'] }),
    ...(sign === '>=' ? { min: value } : { max: value }),
  }
}

/** "qualityScore>=0.8", "p95(responseTime)<=3000" */
export function formatBounds({ metric, quantile, min, max }: Bound): string[] {
  const of = quantile === undefined ? metric : `p${Math.round(100 * quantile)}(${metric})`
  return [...(min === undefined ? [] : [`${of}>=${min}`]), ...(max === undefined ? [] : [`${of}<=${max}`])]
}

/** "minimize costUsd, subject to qualityScore>=0.8, p95(responseTime)<=3000, tolerating successRate=1" */
export function describeObjective(objective: Objective): string {
  const { subjectTo, tolerate } = objective
  const bounds = subjectTo.flatMap(formatBounds)
  const losses = formatNumbers(tolerate)
  return [
    describeGoal(objective),
    ...(bounds.length > 0 ? [`subject to ${bounds.join(', ')}`] : []),
    ...(losses.length > 0 ? [`tolerating ${losses.join(', ')}`] : []),
  ].join(', ')
}

function describeGoal({ minimize, maximize, weigh }: Objective): string {
  if (typeof weigh === 'string') return `improve what ${weigh} weighs`
  if (weigh) return `improve ${formatNumbers(weigh).join(', ')}`
  return minimize === undefined ? `maximize ${maximize}` : `minimize ${minimize}`
}

const formatNumbers = (numbers: Readonly<Record<string, number>>) =>
  Object.entries(numbers).map(([metric, number]) => `${metric}=${number}`)

/** "support-bot", "agents of kind support", "the whole fleet" */
export const describeScope = ({ agent, kind }: { [Part in keyof ObjectiveScope]?: string | null | undefined }) =>
  agent ?? (kind ? `agents of kind ${kind}` : 'the whole fleet')
