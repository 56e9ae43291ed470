import { randomUUID } from 'node:crypto'
import type { Signal } from '../runtime/negotiation.ts'
import type { Opportunity } from '../simulator/opportunities.ts'
import type { Evidence } from './evidence.ts'
import type { Settings } from './knobs.ts'

/** A signal for the execution agent, with the level of detail that the format specifies. */
export function proposalOf(
  { symbol }: Opportunity,
  direction: 1 | -1,
  price: number,
  { confidence, readings }: Evidence,
  format: Settings['proposalFormat'],
): Signal {
  return {
    id: randomUUID(),
    type: 'signal',
    from: 'market-hunter',
    symbol,
    direction,
    price,
    confidence: format === 'headline' ? undefined : confidence,
    evidence: format === 'evidence' ? readings.map(({ direction, reliability }) => ({ direction, reliability })) : undefined,
  }
}
