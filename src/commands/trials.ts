import type { Verdict } from '../model/trial.ts'
import { readResults } from '../reading/results.ts'
import { readRunningChanges } from '../reading/trials.ts'
import { formatTrials } from '../terminal/format-trials.ts'
import { print } from '../terminal/print.ts'
import type { FilterOptions } from './filter-options.ts'
import { sinceOf } from './filters.ts'
import { withClient } from './with-client.ts'

const usual = 20

export async function trials({
  json,
  agent,
  verdict,
  since,
  limit = usual,
}: FilterOptions & { verdict?: Verdict; json?: boolean }): Promise<void> {
  await withClient(async (client) => {
    const [running, ended] = await Promise.all([
      // One that is running has no verdict yet.
      verdict === undefined ? readRunningChanges(client, agent) : [],
      readResults(client, { agentId: agent, verdict, since: sinceOf({ since }), limit }),
    ])
    const isFiltered = [agent, verdict, since].some((filter) => filter !== undefined)
    print({ running, ...ended }, (report) => formatTrials(report, isFiltered), json)
  })
}
