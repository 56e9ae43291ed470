import { styleText } from 'node:util'
import type { Explanation } from '../model/explanation.ts'

/** An explanation, for the terminal. */
export function formatExplanation({ id, summary, sections }: Explanation): string {
  const formatted = sections.map(({ title, sentences }) =>
    [styleText('bold', title), ...sentences.map((sentence) => `  ${sentence}`)].join('\n'),
  )
  return [`${styleText('bold', id)}  ${summary}`, ...formatted].join('\n\n')
}
