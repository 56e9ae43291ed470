import type { TradeReading, UnsettledTrade } from '../../../model/readings.ts'

/**
 * Adds results to the trades of those who record none (C2), as the `trades` table of document 002 has none: the profit of a sale is
 * `amount × (price − average cost of what is held)`, over the purchases of the same `executed_by`; of a sale of more than was bought, that of
 * the part that was bought. A purchase has no result before it is sold. The prediction is that of the row; without one, the `outcome.success`
 * that the decision before the sale stated.
 * @param unsettled oldest first
 * @param since milliseconds since the epoch; earlier trades count only as purchases and sales of what is held
 */
export function addRealizedProfits(
  trades: readonly TradeReading[],
  unsettled: readonly UnsettledTrade[],
  since: number,
): TradeReading[] {
  const byExecutor = Map.groupBy(unsettled, ({ executedBy }) => executedBy)
  return trades.map((reading) => {
    const sales = realize(byExecutor.get(reading.executedBy) ?? []).filter(({ at }) => at >= since)
    const closed = sales.filter(({ profit }) => profit !== null)
    const predicted = closed.filter(({ predictsProfit }) => predictsProfit !== null)
    return {
      ...reading,
      closed: reading.closed + closed.length,
      profitable: reading.profitable + closed.filter(({ profit }) => profit! > 0).length,
      predicted: reading.predicted + predicted.length,
      foreseen: reading.foreseen + predicted.filter(({ profit, predictsProfit }) => profit! > 0 === predictsProfit).length,
      averageCost: closed.length,
      uncosted: sales.length - closed.length,
      decided: predicted.filter(({ isDecided }) => isDecided).length,
    }
  })
}

interface Sale {
  at: number
  /** USD; null if no purchase of what was sold is known. */
  profit: number | null
  predictsProfit: boolean | null
  /** Whether the prediction is that of a decision. */
  isDecided: boolean
}

function realize(oldestFirst: readonly UnsettledTrade[]): Sale[] {
  const sales: Sale[] = []
  let held = 0
  let cost = 0
  for (const { at, type, amount, priceUsd, predictedProfitUsd, decidedSuccess } of oldestFirst) {
    if (type === 'BUY') {
      held += amount
      cost += amount * priceUsd
      continue
    }
    const covered = Math.min(held, amount)
    const costOfCovered = held > 0 ? (cost * covered) / held : 0
    const isDecided = predictedProfitUsd === null && decidedSuccess !== null
    sales.push({
      at,
      profit: covered > 0 ? covered * priceUsd - costOfCovered : null,
      predictsProfit: predictedProfitUsd === null ? decidedSuccess : predictedProfitUsd > 0,
      isDecided,
    })
    held -= covered
    cost -= costOfCovered
  }
  return sales
}
