import type { Settings } from './knobs.ts'

const compact = { up: ['surges', 'rallies', 'breakout', 'record'], down: ['plunges', 'slides', 'selloff', 'fear'] }
const full = {
  up: [...compact.up, 'beats', 'upgrade', 'inflows', 'optimism'],
  down: [...compact.down, 'misses', 'downgrade', 'probe', 'outflows'],
}

/** The sentiment of headlines, −1 to 1: the balance of positive and negative words. */
export function sentiment(headlines: readonly string[], lexicon: Settings['lexicon']): number {
  const { up, down } = lexicon === 'full' ? full : compact
  let [score, total] = [0, 0]
  headlines.forEach((headline) => {
    for (const word of headline.split(' ')) {
      const value = Number(up.includes(word)) - Number(down.includes(word))
      score += value
      total += Math.abs(value)
    }
  })
  return total === 0 ? 0 : score / total
}
