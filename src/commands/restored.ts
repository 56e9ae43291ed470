import type { Restored } from '../activities/types.ts'

const sentences: Record<Restored['outcome'], string> = {
  done: 'Done and verified.',
  already: 'It was so already: there was nothing to do.',
  nothing: 'It was never applied, so there was nothing to put back.',
  'given-up': "Ended by a person's word, before every instance confirmed it.",
}

/** What came of putting something back, and below it what was not. */
export function printRestored({ outcome, issues }: Restored): void {
  console.log([sentences[outcome], ...issues.map((issue) => `  ${issue}`)].join('\n'))
}
