import { Hono } from 'hono'
import { type Agent, connectAgent } from '../../../src/agent/index.ts'
import { startingKnobs } from '../world.ts'
import type { AgentKind, Work } from './agent-kind.ts'
import { onPeers, onStop, type Peers, serveChild } from './child.ts'
import { type Proposal, rejected } from './negotiation.ts'
import { Outbox } from './outbox.ts'
import { initialStanding, type Standing } from './standing.ts'
import { TrackRecord } from './track-record.ts'
import { doUnit } from './unit-of-work.ts'

const reportEveryMs = 3_000
const flushWithinMs = 800

/** Runs one instance of an agent: its HTTP interface, its work and its reports to the optimizer. */
export async function runAgent(kind: AgentKind): Promise<void> {
  const instanceId = process.env.INSTANCE_ID ?? `${kind.kind}-1`
  await start(kind, instanceId).catch((error: Error) => {
    console.error(`${instanceId}: ${error.message}`)
    process.exit(1)
  })
}

async function start(kind: AgentKind, instanceId: string): Promise<void> {
  const record = new TrackRecord()
  const standing = { ...initialStanding }
  let peers: Peers = {}
  onPeers((announced) => {
    peers = announced
  })

  let running: { agent: Agent; work: Work } | undefined
  const app = new Hono<{ Variables: { agent: Agent; work: Work } }>()
  app.use(async (c, next) => {
    if (!running) return c.json({ error: 'starting' }, 503)
    c.set('agent', running.agent)
    c.set('work', running.work)
    return next()
  })
  app.post('/work', async (c) => c.json(await doUnit(kind, c.get('work'), c.get('agent'), record, standing)))
  app.get('/configuration', (c) => c.json(c.get('agent').configuration))
  app.get('/healthz', (c) => c.json({ status: 'ok', instanceId, cycleCount: record.cycleCount }))
  app.post('/negotiate', async (c) => {
    const proposals = await c.req.json<Proposal[]>()
    const answers = await c.get('work').consider?.(proposals)
    return c.json(answers ?? proposals.map(() => rejected('this agent does not consider proposals')))
  })
  app.post('/standing', async (c) => c.json(Object.assign(standing, await c.req.json<Standing>())))

  const { url, ready } = await serveChild(app)
  const knobs = startingKnobs(kind.kind, kind.knobs)
  const agent = await connectAgent({ agentId: kind.kind, kind: kind.kind, instanceId, knobs, url })
  const { SIMULATOR_URL: simulator = '', LANGUAGE_MODEL_URL: languageModel = '' } = process.env
  const context = { simulator, languageModel, instanceId, peers: () => peers }
  const work = kind.start({
    ...context,
    outbox: new Outbox(agent, context.peers),
    command: (command, reason) => agent.command(command, reason),
  })
  if (work.judgeResults) agent.onCycleReport((report) => work.judgeResults!(report))
  running = { agent, work }
  setInterval(() => reportState(agent, kind, work, record, standing), reportEveryMs)
  onStop(() => agent.close(flushWithinMs))
  ready()
}

function reportState(agent: Agent, { workType }: AgentKind, work: Work, record: TrackRecord, standing: Standing): void {
  const { goalProgress, lastExecutionAt, cycleCount, successRate, confidence, responseTimeMs } = record
  agent.reportState({ ...standing, goalProgress, isRunning: true, lastExecutionAt, cycleCount })
  const operationTimes = { [workType]: responseTimeMs }
  agent.selfReport({
    successRate,
    avgConfidence: confidence,
    avgResponseTime: responseTimeMs,
    operationTimes,
    ...work.selfReport?.(),
  })
}
