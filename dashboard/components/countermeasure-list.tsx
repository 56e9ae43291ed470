import type { Countermeasures } from '../../src/model/countermeasures.ts'
import { describeCountermeasures } from '../../src/model/format.ts'
import type { Json } from '../api.ts'
import { withLocalTimes } from '../format.ts'
import { linkTo } from '../router.ts'

/** What was done about a degradation, or why nothing was. */
export const CountermeasureList = ({ done }: { done: Json<Countermeasures> }) => (
  <ul class="lines" aria-label="What was done">
    {describeCountermeasures(done).map((sentence, index) => (
      <li key={sentence}>
        {withLocalTimes(sentence)} <TrialLink id={done.tried[index]?.strategyId} />
      </li>
    ))}
  </ul>
)

const TrialLink = ({ id }: { id: string | undefined }) => (id === undefined ? null : <a href={linkTo('trials', id)}>Trial</a>)
