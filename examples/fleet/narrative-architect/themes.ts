import type { Cluster } from './clusters.ts'

const themes: Record<string, string[]> = {
  adoption: ['merchants', 'payments', 'wallets', 'users', 'integration'],
  regulation: ['lawmakers', 'filing', 'agency', 'license', 'hearing'],
  scarcity: ['halving', 'supply', 'holders', 'issuance', 'reserve'],
  liquidity: ['depth', 'spreads', 'exchange', 'funding', 'leverage'],
  innovation: ['upgrade', 'protocol', 'developers', 'scaling', 'release'],
  security: ['exploit', 'audit', 'custody', 'breach', 'patch'],
}

/** The main theme of the drafts for these clusters, with its share of the theme words. */
export function dominantTheme(drafts: readonly Cluster[]): { theme: string; support: number } | undefined {
  const words = drafts.flatMap(({ posts }) => posts.flat())
  const counts = Object.entries(themes).map(([theme, telling]) => ({
    theme,
    count: words.filter((word) => telling.includes(word)).length,
  }))
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  const first = counts.sort((a, b) => b.count - a.count)[0]
  return first && total > 0 ? { theme: first.theme, support: first.count / total } : undefined
}
