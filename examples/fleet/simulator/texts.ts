import { chance } from '../runtime/random.ts'
import type { Direction } from './market.ts'

const bullish = ['surges', 'rallies', 'beats', 'upgrade', 'breakout', 'record', 'inflows', 'optimism']
const bearish = ['plunges', 'slides', 'misses', 'downgrade', 'selloff', 'probe', 'outflows', 'fear']
const filler = [
  'market',
  'analysts',
  'today',
  'report',
  'trading',
  'volume',
  'after',
  'expected',
  'investors',
  'quarter',
  'asset',
]

export const themes = ['adoption', 'regulation', 'scarcity', 'liquidity', 'innovation', 'security'] as const
const vocabulary: Record<(typeof themes)[number], string[]> = {
  adoption: ['merchants', 'payments', 'wallets', 'users', 'integration'],
  regulation: ['lawmakers', 'filing', 'agency', 'license', 'hearing'],
  scarcity: ['halving', 'supply', 'holders', 'issuance', 'reserve'],
  liquidity: ['depth', 'spreads', 'exchange', 'funding', 'leverage'],
  innovation: ['upgrade', 'protocol', 'developers', 'scaling', 'release'],
  security: ['exploit', 'audit', 'custody', 'breach', 'patch'],
}

const headlinesPerPage = 6
/** Probability that a headline points in the actual direction of the price. */
const headlineAccuracy = 0.68
const postsPerPage = 8
/** Probability that a post is about the current theme. */
const postFocus = 0.3
const wordsPerText = 12

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)]!
const text = (words: readonly string[], telling: number) =>
  Array.from({ length: wordsPerText }, (_, index) => pick(index < telling ? words : filler)).join(' ')

export function headlines(trend: Direction): string[] {
  return Array.from({ length: headlinesPerPage }, () => text((trend === 1) === chance(headlineAccuracy) ? bullish : bearish, 2))
}

export function posts(theme: (typeof themes)[number]): string[] {
  return Array.from({ length: postsPerPage }, () => text(vocabulary[chance(postFocus) ? theme : pick(themes)], 4))
}
