/**
 * Causes by JSON lines: one case per line in, one ranking per line out; empty lines are ignored. A line that cannot be answered gets
 * `{"error":{"code","message"}}`, so that the others are answered.
 *
 *     node bench/causes.ts < cases.jsonl
 */
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { rankCauses } from '../src/analysis/causes/index.ts'
import { describeError, OptimizerError } from '../src/model/errors.ts'

const caseSchema = z.object({
  series: z.array(z.object({ component: z.string(), metric: z.string(), values: z.array(z.number().nullable()) })),
  stepSeconds: z.number().optional(),
  since: z.number(),
  graph: z.array(z.tuple([z.string(), z.string()])).nullish(),
  symptom: z.object({ component: z.string(), metric: z.string() }).nullish(),
  changes: z.array(z.object({ component: z.string(), at: z.number(), description: z.string().default('a change') })).nullish(),
})

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') process.stdout.write(`${JSON.stringify(answer(line))}\n`)
}

function answer(line: string) {
  try {
    const parsed = caseSchema.safeParse(JSON.parse(line))
    if (!parsed.success) throw new OptimizerError('invalid-case', z.prettifyError(parsed.error))
    const { series, since, graph, symptom, changes } = parsed.data
    const ranking = rankCauses({
      series,
      since,
      graph: graph ?? undefined,
      symptom: symptom ?? undefined,
      changes: changes ?? undefined,
    })
    return { ranking: ranking.map(({ component, probability, why }) => ({ component, probability, why })) }
  } catch (error) {
    return { error: { code: error instanceof OptimizerError ? error.code : 'invalid-case', message: describeError(error) } }
  }
}
