import { randomUUID } from 'node:crypto'
import type { CycleReport, CycleReportResponse } from '../../../src/messaging/orchestrator-protocol.ts'
import type { ConfigurationInForce } from '../../../src/messaging/protocol.ts'
import { agents } from '../fleet.ts'
import type { AgentKind, Outcome, Work, WorkContext } from '../runtime/agent-kind.ts'
import { Cache } from '../runtime/cache.ts'
import { agreed, type Proposal, rejected } from '../runtime/negotiation.ts'
import { runInOrder } from '../runtime/pool.ts'
import { requestJson } from '../runtime/request.ts'
import { CommandRules, type Order } from './commands.ts'
import { knobs, type Settings } from './knobs.ts'
import { bestDivision } from './plan.ts'
import { Standings } from './standings.ts'
import { findStandingsFile, readStandings, writeStandings } from './standings-file.ts'

const desks = ['treasury', 'risk', 'compliance', 'research']
const planTimeoutMs = 2_000
const standingEveryMs = 5_000
/** The maximum size of a trade, in multiples of the budget. */
const leverage = 8

/** Divides the desks' budgets among the agents, approves trades, and tracks the standing of every agent. */
class StrategicOrchestrator implements Work {
  readonly #context: WorkContext
  readonly #budgets = new Cache<number>()
  readonly #standingsFile = findStandingsFile()
  readonly #standings: Standings
  readonly #commands: CommandRules
  /** The agents whose standing changed since the previous decision. */
  readonly #reassessed = new Set<string>()
  #budget = 0
  #asked = 0
  #plans = 0
  /** Until the optimizer has taken a command, no other is given: it would be the same one. */
  #isCommanding = false

  constructor(context: WorkContext) {
    this.#context = context
    const known = readStandings(this.#standingsFile)
    this.#standings = new Standings(
      agents.map(({ kind }) => kind),
      known,
    )
    this.#commands = new CommandRules(known?.commands)
    setInterval(() => this.#publishStandings(), standingEveryMs)
  }

  async perform({ version, values }: ConfigurationInForce): Promise<Outcome> {
    const settings = values as Settings
    const budgets = await this.#collect(settings)
    const known = Object.values(budgets)
    this.#budget = known.reduce((sum, budget) => sum + budget, 0)
    const standings = [...this.#standings.agents.values()]
    const shares = bestDivision(
      standings.map(({ reputation, autonomy }) => reputation * autonomy),
      settings.planSteps,
    )
    const { accepted } = await requestJson<{ accepted: boolean }>(`${this.#context.simulator}/plans/latest`, {
      timeoutMs: planTimeoutMs,
      body: { budgets },
    })
    this.#plans++
    const proposal = { id: randomUUID(), type: 'allocation', from: 'strategic-orchestrator' } as const
    const allocation = { ...proposal, share: shares[0] ?? 0, basedOn: known.length }
    this.#context.outbox.offer('narrative-architect', allocation, version, settings.allocationLingerMs)
    const learningAdjustments = [...this.#reassessed]
    this.#reassessed.clear()
    const confidence = known.length / desks.length
    return { success: accepted, confidence, decision: 'plan', details: { shares }, learningAdjustments }
  }

  /** Approves trades that fit the budget. */
  async consider(proposals: Proposal[]) {
    return proposals.map((proposal) => {
      if (proposal.type !== 'trade') return rejected('only trades are approved')
      return proposal.notional <= this.#budget * leverage ? agreed : rejected('exceeds the budget')
    })
  }

  judgeResults(report: CycleReport): CycleReportResponse {
    const before = new Map(this.#standings.agents)
    const news = { ...report, results: this.#standings.takeNew(report.results) }
    const answer = this.#standings.judge(news)
    for (const [agent, standing] of this.#standings.agents)
      if (standing.autonomy !== before.get(agent)?.autonomy) this.#reassessed.add(agent)
    const order = this.#commands.decide(news)
    this.#keepStandings()
    this.#publishStandings()
    if (order && !this.#isCommanding) this.#give(order)
    return answer
  }

  /** The optimizer answers once it has acted, and in the meantime waits for the answer to its report. */
  #give(order: Order): void {
    this.#isCommanding = true
    const given = async () => {
      await this.#context.command(order.command, order.reason)
      this.#commands.confirm(order)
      this.#keepStandings()
    }
    given()
      .catch((error: unknown) => console.error(`The optimizer did not accept ${order.command.type}: ${error}`))
      .finally(() => {
        this.#isCommanding = false
      })
  }

  #keepStandings(): void {
    writeStandings(this.#standingsFile, { ...this.#standings.known, commands: this.#commands.inForce })
  }

  selfReport() {
    return { sourcesQueried: this.#asked, signalsGenerated: this.#plans, cacheHitRate: this.#budgets.hitRate }
  }

  async #collect({ parallelDesks, deskTimeoutMs, deskRetries, budgetCacheMs }: Settings): Promise<Record<string, number>> {
    const budgets: Record<string, number> = {}
    await runInOrder(desks, parallelDesks, async (desk) => {
      this.#asked++
      budgets[desk] = await this.#budgets.get(desk, budgetCacheMs, async () => {
        const options = { timeoutMs: deskTimeoutMs, retries: deskRetries }
        return (await requestJson<{ budget: number }>(`${this.#context.simulator}/desks/${desk}`, options)).budget
      })
    })
    return budgets
  }

  #publishStandings(): void {
    // An agent that is down gets the next publication.
    for (const [agent, standing] of this.#standings.agents)
      for (const url of this.#context.peers()[agent] ?? [])
        void requestJson(`${url}/standing`, { timeoutMs: planTimeoutMs, body: standing }).catch(() => undefined)
  }
}

export const strategicOrchestrator: AgentKind = {
  kind: 'strategic-orchestrator',
  workType: 'planning',
  knobs,
  start: (context) => new StrategicOrchestrator(context),
}
