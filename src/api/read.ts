import { Hono } from 'hono'
import type { OptimizerClient } from '../client/optimizer.ts'
import { OptimizerError } from '../model/errors.ts'
import { explain } from '../reading/explain.ts'
import { learning } from '../reading/learning.ts'
import { agentInstances, currentConfiguration, knobsOf, listAgents } from '../store/agents.ts'
import { openApprovals } from '../store/approvals.ts'
import { latestCycles } from '../store/cycles.ts'
import type { Database } from '../store/database.ts'
import { provenHistory } from '../store/proven-versions.ts'
import { allResults } from '../store/results.ts'
import { samplesOf, trial } from '../store/trials.ts'

/** What people and tools read: the fleet, the cycles, the trials and what of them waits for approval, the results, and why. */
export function readRoutes(db: Database, optimizer: OptimizerClient): Hono {
  const agentOf = async ({ agentId, kind }: { agentId: string; kind: string }) => {
    const [configuration, knobs, instances] = await Promise.all([
      currentConfiguration(db, agentId),
      knobsOf(db, agentId),
      agentInstances(db, agentId),
    ])
    return { agentId, kind, configuration, knobs, instances }
  }
  return new Hono()
    .get('/agents', async (context) => context.json(await Promise.all((await listAgents(db)).map(agentOf))))
    .get('/agents/:id/configurations', async (context) => context.json(await provenHistory(db, context.req.param('id'))))
    .get('/cycles', async (context) => context.json(await latestCycles(db)))
    .get('/approvals', async (context) => context.json(await openApprovals(db)))
    .get('/results', async (context) => context.json(await allResults(db)))
    .get('/explanations/:id', async (context) => context.json(await explain(optimizer, context.req.param('id'))))
    .get('/learning', async (context) => context.json(await learning(db)))
    .get('/trials/:id', async (context) => {
      const id = context.req.param('id')
      const found = await trial(db, id)
      if (!found) throw new OptimizerError('unknown-trial', `There is no trial ${id}; /api/results lists those that ended.`)
      return context.json({ ...found, observations: await samplesOf(db, id) })
    })
}
