import { expect, test } from 'vitest'
import { OptimizerClient } from '../../../src/client/optimizer.ts'
import { configSchema } from '../../../src/config/config.ts'
import { readRunReport } from '../../../src/reading/run-report.ts'
import { recordCycleEnd, recordCycleStart } from '../../../src/store/cycles.ts'
import { upsertResult } from '../../../src/store/results.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { createTestStore, strategyFor } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'
import { planned, resultOf } from '../../support/trial-facts.ts'

test('the report of a run has the results of what its cycles planned, also of a trial that took longer than a cycle', async () => {
  const store = await createTestStore()
  try {
    const { temporal, db } = await withClosedTemporal(store.db)
    const client = new OptimizerClient(temporal, db, configSchema.parse({}))
    for (const cycleId of ['cycle-of-the-run', 'cycle-of-another']) {
      await recordCycleStart(db, { id: cycleId, runId: cycleId })
      await recordCycleEnd(db, cycleId, { state: 'completed' })
    }
    const tried: [id: string, plannedIn: string, ranIn: string | null][] = [
      ['opt_1_aaaaa', 'cycle-of-the-run', 'cycle-of-the-run'],
      ['opt_2_aaaab', 'cycle-of-the-run', null],
      ['opt_3_aaaac', 'cycle-of-another', null],
    ]
    for (const [id, plannedIn, ranIn] of tried) {
      const strategy = { ...strategyFor('hunter', id), ...(ranIn ? {} : { observation: { decisions: 3, ms: 240_000 } }) }
      await insertStrategies(db, plannedIn, [strategy])
      await upsertResult(db, ranIn, { ...resultOf(planned(), { timestamp: new Date().toISOString() }), strategy })
    }
    const report = await readRunReport(client, ['cycle-of-the-run'], {})
    expect(report.results.map(({ strategy }) => strategy.id).toSorted()).toEqual(['opt_1_aaaaa', 'opt_2_aaaab'])
    expect(report.impact).toMatchObject({ totalOptimizations: 2, successfulOptimizations: 2 })
  } finally {
    await store.drop()
  }
})
