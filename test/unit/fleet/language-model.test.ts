import { beforeAll, describe, expect, test, vi } from 'vitest'
import { answerPrompt, notFound, writePrompt } from '../../../examples/fleet/language-model/answer.ts'
import { type Completion, completionRoutes, type ListedModel } from '../../../examples/fleet/language-model/completions.ts'
import {
  attributes,
  formatFact,
  readFact,
  readQuestion,
  writeFact,
  writeQuestion,
} from '../../../examples/fleet/language-model/english.ts'
import { countTokens, models } from '../../../examples/fleet/language-model/models.ts'
import { Library } from '../../../examples/fleet/simulator/library.ts'
import { createSeededRandom } from '../../../src/analysis/statistics/random.ts'

const { large, medium, small } = models as Record<string, NonNullable<(typeof models)[string]>>
const random = createSeededRandom('language model').uniform
const question = writeQuestion({ asset: 'Orion', attributes: ['custody fee', 'team size'] })
const note = (asset: string, ...sentences: string[]) => `Note on ${asset}\n${sentences.join(' ')}`
const own = note('Orion', 'The custody fee of Orion is 14 basis points.', 'Orion is maintained by 30 people.')
const foreign = note('Vega', 'The custody fee of Orion is 99 basis points.')
const answer = (model: typeof large, notes: string[], temperature = 0) =>
  answerPrompt(writePrompt(notes, question), model!, temperature, random)

test('every fact can be read in the style in which it was written, and only in that', () => {
  for (const attribute of attributes)
    for (const style of ['plain', 'paraphrased', 'implied'] as const) {
      const sentences = attributes.map((other) => writeFact(other, style, 'Orion', formatFact(other, 7)))
      const read = sentences.map((sentence) => readFact(sentence, attribute, style, 'Orion'))
      expect(read.filter((value) => value !== undefined)).toEqual([formatFact(attribute, 7)])
    }
})

test('a question is understood as it was written', () => {
  expect(readQuestion(question)).toEqual({ asset: 'Orion', attributes: ['custody fee', 'team size'] })
  expect(readQuestion('How are you?')).toBeUndefined()
})

describe('a model', () => {
  test('finds a fact only in the notes that it is given, and says what it has not found', () => {
    expect(answer(large, [own])).toMatch(/^The custody fee is 14 basis points\. The team size is 30 people\./)
    expect(answer(large, [note('Orion', 'Orion is maintained by 30 people.')])).toContain(`${notFound} the custody fee is.`)
  })

  test('understands paraphrases only if it is not small, and what the context implies only if it is large', () => {
    const implied = note('Orion', 'It is maintained by 30 people.')
    expect([large, medium, small].map((model) => answer(model, [own]).includes('is 30 people'))).toEqual([true, true, false])
    expect([large, medium].map((model) => answer(model, [implied]).includes('is 30 people'))).toEqual([true, false])
    expect(answer(large, [note('Vega', 'It is maintained by 30 people.')])).not.toContain('is 30 people')
  })

  test('reads only the end of a long prompt, where the most relevant notes are', () => {
    const filler = note('Vega', 'Nothing happened. '.repeat(200))
    expect(answer(small, [own, filler])).toContain('is 14 basis points')
    expect(answer(small, [filler, own])).not.toContain('is 14 basis points')
    expect(answer(large, [filler, own])).toContain('is 14 basis points')
  })

  test('takes outdated figures from other notes more often at a higher temperature, and never at 0', () => {
    const wrong = (temperature: number) =>
      Array.from({ length: 500 }, () => answer(large, [own, foreign], temperature)).filter((text) => text.includes('is 99'))
        .length
    expect(wrong(0)).toBe(0)
    expect(wrong(0.3)).toBeLessThan(10)
    expect(wrong(1)).toBeGreaterThan(30)
    expect(wrong(1)).toBeLessThan(100)
  })
})

describe('the answers to the questions of the library', () => {
  // In one library, the few assets that most questions are about may be described more clearly than usual, or less.
  let libraries: Library[]
  beforeAll(() => {
    // A library draws its facts and questions at random: the same ones in each run of the test.
    const chance = vi.spyOn(Math, 'random').mockImplementation(createSeededRandom('libraries').uniform)
    libraries = Array.from({ length: 10 }, () => new Library())
    return () => chance.mockRestore()
  })
  const qualityOf = (model: typeof large, chunks: number, temperature: number) => {
    const grades = Array.from({ length: 160 }, (_, index) => {
      const library = libraries[index % libraries.length]!
      const asked = library.ask()
      return library.grade(asked, answerPrompt(writePrompt(library.search(asked, chunks), asked), model!, temperature, random))
    })
    return grades.reduce((sum, grade) => sum + grade, 0) / grades.length
  }

  test('are the better, the more the model understands and the more of the right notes it is given', () => {
    expect(qualityOf(large, 30, 0)).toBeGreaterThan(0.95)
    // About 0.95 and 0.76, each with a standard deviation of 0.02: other code draws from the same random numbers.
    expect(qualityOf(medium, 30, 0)).toBeGreaterThan(0.86)
    expect(qualityOf(small, 30, 0)).toBeLessThan(0.86)
    expect(qualityOf(large, 2, 0)).toBeLessThan(0.8)
    expect(qualityOf(large, 30, 1)).toBeGreaterThan(0.8)
  })
})

describe('the server', () => {
  const app = completionRoutes(random)
  const complete = (body: object) =>
    app.request('/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
  const messages = [{ role: 'user', content: writePrompt([own], question) }]
  let completion: Completion
  beforeAll(async () => {
    let response = await complete({ model: 'small', messages, temperature: 0, max_tokens: 9 })
    // An overloaded model is asked again.
    while (response.status === 503) response = await complete({ model: 'small', messages, temperature: 0, max_tokens: 9 })
    completion = (await response.json()) as Completion
  })

  test('answers in the usual shape, cuts the answer, and counts tokens', () => {
    expect(completion).toMatchObject({ object: 'chat.completion', model: 'small' })
    const [choice] = completion.choices
    expect(choice).toMatchObject({ message: { role: 'assistant' }, finish_reason: 'length' })
    expect(choice!.message.content).toBe('The custody fee is 14 basis points. ')
    expect(completion.usage).toEqual({
      prompt_tokens: countTokens(messages[0]!.content),
      completion_tokens: 9,
      total_tokens: countTokens(messages[0]!.content) + 9,
    })
  })

  test('lists its models with prices per token', async () => {
    const { data } = (await (await app.request('/v1/models')).json()) as { data: ListedModel[] }
    expect(data.map(({ id, pricing }) => [id, pricing.prompt * 1e6])).toEqual([
      ['large', 2.5],
      ['medium', 0.6],
      ['small', 0.15],
    ])
  })

  test('refuses models that it does not have and prompts that are too long', async () => {
    const long = [{ role: 'user', content: 'word '.repeat(4_000) }]
    expect((await complete({ model: 'huge', messages })).status).toBe(404)
    const refused = await complete({ model: 'small', messages: long })
    expect([refused.status, ((await refused.json()) as { error: { message: string } }).error.message]).toEqual([
      400,
      'the prompt has 5000 tokens; small takes 4000',
    ])
  })
})
