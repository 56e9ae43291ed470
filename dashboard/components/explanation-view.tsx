import type { Explanation } from '../../src/model/explanation.ts'
import { withLocalTimes } from '../format.ts'

/** An explanation: questions and answers, with the first ones open. */
export const ExplanationView = ({ explanation: { summary, sections } }: { explanation: Explanation }) => (
  <div class="explained">
    <p>{withLocalTimes(summary)}</p>
    {sections.map(({ title, sentences }, index) => (
      <details key={title} open={index < 2}>
        <summary>{title}</summary>
        {sentences.map((sentence) => (
          <p key={sentence}>{withLocalTimes(sentence)}</p>
        ))}
      </details>
    ))}
  </div>
)
