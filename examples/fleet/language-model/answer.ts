/** How a model answers: it really looks for the facts in the notes that it was given. */
import { type Attribute, readFact, readQuestion, type Style, writeAnswer } from './english.ts'
import { firstTokens, lastTokens, type Model } from './models.ts'

const questionMark = '\n\nQuestion: '
/** How much more a statement counts in a note about the asset itself than in passing, where it may be outdated. */
const aboutness = 2
const remark = ' As always, figures of the past are no promise for the future, and markets may turn at any time.'

/** How an answer begins about a fact that the model has not found. */
export const notFound = 'The notes do not say what'

interface Statement {
  value: string
  /** Higher is more credible. */
  score: number
}

/** The notes and the question as one prompt, the most relevant note last: models with a short attention still read it. */
export function writePrompt(notes: readonly string[], question: string): string {
  return [...notes].reverse().join('\n\n') + questionMark + question
}

/**
 * The whole text that a model would write, without the limit of its request.
 * @param temperature 0 takes the most credible statement; with a higher one, a less credible one may be taken, outdated or not
 */
export function answerPrompt(prompt: string, model: Model, temperature: number, random: () => number): string {
  const [context = '', asked = ''] = splitLast(prompt, questionMark)
  const question = readQuestion(asked)
  if (!question) return 'I can only answer questions about assets.'
  const notes = lastTokens(context, model.attention).split('\n\n')
  const answers = question.attributes.map((attribute) => {
    const statements = notes.flatMap((note) => findStatements(note, attribute, question.asset, model.understands))
    const value = sample(statements, temperature, random)
    return value === undefined ? `${notFound} the ${attribute} is.` : writeAnswer(attribute, value)
  })
  return answers.join(' ') + firstTokens(remark.repeat(Math.ceil(model.remarks / 20)), model.remarks)
}

function findStatements(note: string, attribute: Attribute, asset: string, understood: readonly Style[]): Statement[] {
  const [title = '', text = ''] = splitLast(note, '\n')
  const isAbout = title === `Note on ${asset}`
  return text.split(/(?<=\.) /).flatMap((sentence) =>
    understood.flatMap((style) => {
      // Without the title, nobody knows what is meant.
      if (style === 'implied' && !isAbout) return []
      const value = readFact(sentence, attribute, style, asset)
      return value === undefined ? [] : [{ value, score: isAbout ? aboutness : 0 }]
    }),
  )
}

/** Samples by the softmax of the scores, as language models do. */
function sample(statements: readonly Statement[], temperature: number, random: () => number): string | undefined {
  const best = Math.max(...statements.map(({ score }) => score))
  const weights = statements.map(({ score }) =>
    score === best ? 1 : temperature > 0 ? Math.exp((score - best) / temperature) : 0,
  )
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, { value }] of statements.entries()) {
    left -= weights[index]!
    if (left < 0) return value
  }
  return undefined
}

function splitLast(text: string, separator: string): [string | undefined, string] {
  const at = text.lastIndexOf(separator)
  return at < 0 ? [undefined, text] : [text.slice(0, at), text.slice(at + separator.length)]
}
