import { z } from 'zod'
import { formatMoney, pluralize } from './format.ts'
import { intervalSchema } from './trial.ts'

const amountSchema = z.object({
  currency: z.string().describe('The ISO 4217 code of the currency, such as USD'),
  perDay: z.number().describe('Amount saved per day at the current rate; negative if the changes cost more'),
  interval: intervalSchema.describe(
    '95% interval that reflects the uncertainty of the improvement; the rate is assumed to be exact',
  ),
})

/** The saving of an agent's kept changes in one of its costs. */
const savingSchema = amountSchema.extend({
  agentId: z.string(),
  metric: z.string(),
  executionsPerDay: z.number().describe('Executions per day that report the cost, at the current rate'),
  keptTrials: z.int(),
})
export type Saving = z.infer<typeof savingSchema>

/** The money saved by proven changes that are still in force. */
export const savingsSchema = z.object({
  totals: z.array(amountSchema).describe('The totals by currency; empty if no cost is proven to have changed'),
  agents: z.array(savingSchema).describe('The savings of each agent, largest first'),
})
export type Savings = z.infer<typeof savingsSchema>

/** "Proven changes save about $12.40 a day at the current rate (95%: $11.80 to $13.10), on 3 agents." for each currency. */
export const describeSavings = ({ totals, agents }: Savings): string[] =>
  totals.map(({ currency, perDay, interval: [low, high] }) => {
    const concerned = new Set(agents.flatMap((saving) => (saving.currency === currency ? [saving.agentId] : []))).size
    const money = (amount: number) => formatMoney(amount, currency)
    const [from, to] = perDay < 0 ? [-high, -low] : [low, high]
    return `Proven changes ${perDay < 0 ? 'cost' : 'save'} about ${money(Math.abs(perDay))}${perDay < 0 ? ' more' : ''} a day at the current rate (95%: ${money(from)} to ${money(to)}), on ${pluralize(concerned, 'agent')}.`
  })
