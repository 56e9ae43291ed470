import { isDeepStrictEqual } from 'node:util'
import type { Activities } from '../contract/activities.ts'
import { OptimizerError } from '../model/errors.ts'
import { findStrategy, insertStrategies } from '../store/strategies.ts'
import { findTrial } from '../store/trials.ts'
import { planRequestedTrial } from '../trials/plan-request.ts'
import type { Dependencies } from './dependencies.ts'
import { toStrategyRef } from './strategy-ref.ts'

/**
 * Turns a person's request into a strategy that is tried under the same judge as any other.
 * @throws OptimizerError `used-id`, and those of `planRequest`
 */
export function createPlanActivity(dependencies: Dependencies): Activities['plan'] {
  const { db } = dependencies
  return async (input) => {
    const { strategyId } = input
    if (await findTrial(db, strategyId))
      throw new OptimizerError('used-id', `Trial ${strategyId} already exists; choose another id.`)
    const strategy = await planRequestedTrial(dependencies, input)
    await insertStrategies(db, null, [strategy])
    const planned = (await findStrategy(db, strategyId))!
    if (isDeepStrictEqual(planned.actions, strategy.actions)) return toStrategyRef(planned)
    throw new OptimizerError('used-id', `Strategy ${strategyId} already exists; choose another id.`)
  }
}
