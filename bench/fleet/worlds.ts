import type { World } from '../../examples/fleet/world.ts'
import type { KnobValues } from '../../src/model/knob.ts'
import { random } from '../../test/unit/judging/random.ts'

/** A world that the reference fleet lives in, badly tuned in one place or another. */
export interface FleetWorld {
  name: string
  world: World
  /** Good settings by kind, found by hand: what can be gained. */
  tuned: Record<string, KnobValues>
}

const hunter = {
  parallelQueries: 4,
  sourcesPerDecision: 5,
  sourceOrder: [
    'order-flow',
    'news-wire',
    'fear-greed',
    'macro-calendar',
    'chain-scan',
    'social-stream',
    'forum-archive',
    'blog-index',
  ],
  queryTimeoutMs: 1_200,
  queryRetries: 1,
  cacheTtlMs: 1_200,
  evidenceWeighting: 'reliability',
  confidenceThreshold: 0.85,
  proposalLingerMs: 0,
}
const tuned: Record<string, KnobValues> = {
  'market-hunter': hunter,
  'market-analyzer': { parallelPages: 4, resultCacheMs: 5_000 },
  'intelligent-execution-agent': { parallelQuotes: 3, portfolioCacheMs: 10_000, riskPaths: 800, signalWindow: 60 },
  'narrative-architect': { parallelPages: 5, pageRetries: 2, postCacheMs: 5_000 },
  'strategic-orchestrator': { parallelDesks: 4, budgetCacheMs: 1_500, deskRetries: 2 },
}
const wellTunedHunter = { 'market-hunter': hunter }

const worlds: Record<string, World> = {
  'bad hunter': {},
  'slow analyzer': {
    settings: { ...wellTunedHunter, 'market-analyzer': { headlinePages: 8, patternStride: 1, resultCacheMs: 100 } },
    services: { headlines: { medianMs: 420 }, candles: { medianMs: 400 } },
  },
  'flaky sources': {
    settings: { ...wellTunedHunter, 'narrative-architect': { postPages: 7 }, 'strategic-orchestrator': { deskRetries: 0 } },
    services: { posts: { errors: 0.2 }, desks: { errors: 0.15 }, 'news-wire': { errors: 0.3 } },
  },
  'chatty coordination': {
    settings: {
      'market-hunter': { ...hunter, proposalLingerMs: 5_000, proposalFormat: 'evidence' },
      'strategic-orchestrator': { allocationLingerMs: 3_000 },
      'intelligent-execution-agent': { venuesQueried: 4, portfolioCacheMs: 100 },
    },
    services: { quotes: { medianMs: 260 } },
  },
}
export const worldNames = Object.keys(worlds)

/** The world of a name. The seed chooses the load, from 0.75 to 1.25 of the usual, and the speed of every service likewise. */
export function createWorld(name: string, seed: number): FleetWorld {
  const dice = random(seed)
  const around = () => 0.75 + 0.5 * dice.uniform()
  const { settings = {}, services = {} } = worlds[name]!
  const load = around()
  const varied = Object.entries({ ...usualMs, ...pickTimes(services) }).map(([service, medianMs]) => [
    service,
    { ...services[service], medianMs: Math.round(medianMs * around()) },
  ])
  return { name, tuned, world: { load, settings, services: { ...services, ...Object.fromEntries(varied) } } }
}

/** Median times of services in the usual fleet. */
const usualMs = { candles: 260, headlines: 240, quotes: 180, posts: 210, desks: 190 }
const pickTimes = (services: NonNullable<World['services']>) =>
  Object.fromEntries(
    Object.entries(services).flatMap(([name, { medianMs }]) => (medianMs === undefined ? [] : [[name, medianMs]])),
  )
