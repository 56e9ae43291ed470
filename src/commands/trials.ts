import { withDatabase } from '../client/with-database.ts'
import type { Verdict } from '../model/trial.ts'
import { readResults } from '../reading/results.ts'
import { readRunningChanges } from '../reading/trials.ts'
import { formatTrials } from '../terminal/format-trials.ts'
import { print } from '../terminal/print.ts'
import { watch } from '../terminal/watch.ts'
import type { FilterOptions } from './filter-options.ts'
import { parseSinceOption } from './filters.ts'

const usual = 20

export async function showTrials({
  json,
  watch: isWatching,
  agent,
  verdict,
  since,
  limit = usual,
}: FilterOptions & { verdict?: Verdict; json?: boolean; watch?: boolean }): Promise<void> {
  await withDatabase(async (client) => {
    const read = async () => {
      const [running, ended] = await Promise.all([
        // A running trial has no verdict yet.
        verdict === undefined ? readRunningChanges(client, agent) : [],
        readResults(client, { agentId: agent, verdict, since: parseSinceOption({ since }), limit }),
      ])
      return { running, ...ended }
    }
    const isFiltered = [agent, verdict, since].some((filter) => filter !== undefined)
    const format = (report: Awaited<ReturnType<typeof read>>) => formatTrials(report, isFiltered)
    if (isWatching) return await watch(async () => format(await read()))
    print(await read(), format, json)
  })
}
