import { Hono } from 'hono'
import type { OptimizerClient } from '../client/optimizer.ts'
import { OptimizerError } from '../model/errors.ts'
import { explain } from '../reading/explain.ts'
import { learning } from '../reading/learning.ts'
import { loadPolicyFields } from '../reading/policy.ts'
import { getCurrentConfiguration, listAgentInstances, listAgents, listKnobs } from '../store/agents.ts'
import { listOpenApprovals } from '../store/approvals.ts'
import { listLatestCycles } from '../store/cycles.ts'
import type { Database } from '../store/database.ts'
import { listPolicyChanges } from '../store/policy-changes.ts'
import { listProvenVersions } from '../store/proven-versions.ts'
import { listResults } from '../store/results.ts'
import { findTrial, listTrialSamples } from '../store/trials.ts'

/** What people and tools read: the fleet, the cycles, the trials and what of them waits for approval, the results, and why. */
export function createReadRoutes(db: Database, optimizer: OptimizerClient): Hono {
  const agentOf = async ({ agentId, kind }: { agentId: string; kind: string }) => {
    const [configuration, knobs, instances] = await Promise.all([
      getCurrentConfiguration(db, agentId),
      listKnobs(db, agentId),
      listAgentInstances(db, agentId),
    ])
    return { agentId, kind, configuration, knobs, instances }
  }
  return new Hono()
    .get('/agents', async (context) => context.json(await Promise.all((await listAgents(db)).map(agentOf))))
    .get('/agents/:id/configurations', async (context) => context.json(await listProvenVersions(db, context.req.param('id'))))
    .get('/cycles', async (context) => context.json(await listLatestCycles(db)))
    .get('/approvals', async (context) => context.json(await listOpenApprovals(db)))
    .get('/policy', async (context) => context.json(await loadPolicyFields(db)))
    .get('/policy/history', async (context) => context.json(await listPolicyChanges(db)))
    .get('/results', async (context) => context.json(await listResults(db)))
    .get('/explanations/:id', async (context) => context.json(await explain(optimizer, context.req.param('id'))))
    .get('/learning', async (context) => context.json(await learning(db)))
    .get('/trials/:id', async (context) => {
      const id = context.req.param('id')
      const found = await findTrial(db, id)
      if (!found) throw new OptimizerError('unknown-trial', `There is no trial ${id}; /api/results lists those that ended.`)
      return context.json({ ...found, observations: await listTrialSamples(db, id) })
    })
}
