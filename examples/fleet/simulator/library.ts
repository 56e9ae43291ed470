/** Notes about assets, whose facts change, and questions about them. */
import {
  type Attribute,
  attributes,
  formatFact,
  type Question,
  readQuestion,
  type Style,
  writeAnswer,
  writeFact,
  writeQuestion,
} from '../language-model/english.ts'
import { chance, zipf } from '../runtime/random.ts'
import { Regime } from './regime.ts'

const beginnings = ['Ori', 'Ve', 'Alta', 'Cor', 'Del', 'Fen', 'Gal', 'Hel', 'Ira', 'Jun']
const endings = ['on', 'ga', 'ris', 'dan', 'lux', 'mir']
const assets = beginnings.flatMap((beginning) => endings.map((ending) => beginning + ending))
const notesPerAsset = 6
const questionsPerAsset = 3
const factsPerQuestion = 4
/** Statements about other assets in every note. They are outdated: nobody corrects what was written in passing. */
const comparisons = 2
const popularityExponent = 0.9
const factMs = 900_000
const largestAmount = 900
/** Shares of facts that are not stated plainly. */
const implied = 0.06
const paraphrased = 0.18

const filler = [
  'Analysts have followed the project for several quarters.',
  'The community discussed the roadmap at length.',
  'Observers expect few surprises until the next report.',
  'Several partners declined to comment on the matter.',
  'The documentation was revised in recent months.',
]

interface Fact {
  style: Style
  now: Regime<{ value: string; outdated: string }>
}

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)]!

export class Library {
  readonly #facts = new Map(assets.map((asset) => [asset, new Map(attributes.map((name) => [name, createFact(name)]))]))
  readonly #comparisons = new Map(
    assets.map((asset) => [
      asset,
      Array.from({ length: notesPerAsset * comparisons }, () => ({ asset: pick(assets), attribute: pick(attributes) })),
    ]),
  )
  readonly #rank = zipf(assets.length, popularityExponent)

  /** A question that somebody has; some are asked often. */
  ask(): string {
    const start = factsPerQuestion * Math.floor(Math.random() * questionsPerAsset)
    return writeQuestion({ asset: assets[this.#rank()]!, attributes: attributes.slice(start, start + factsPerQuestion) })
  }

  /** The notes that share the most telling words with a question, the most relevant first. */
  search(question: string, count: number): string[] {
    return rankTexts(this.#write(), question).slice(0, count)
  }

  /** The share of the facts asked for that an answer really contains, as they are now. */
  grade(question: string, answer: string): number {
    const asked = readQuestion(question)
    if (!asked || asked.attributes.length === 0) return 0
    const right = asked.attributes.filter((name) => answer.includes(writeAnswer(name, this.#value(asked, name).value)))
    return right.length / asked.attributes.length
  }

  #value({ asset }: Pick<Question, 'asset'>, attribute: Attribute) {
    return this.#facts.get(asset)?.get(attribute)?.now.now ?? { value: '', outdated: '' }
  }

  #write(): string[] {
    const factsPerNote = attributes.length / notesPerAsset
    return assets.flatMap((asset) =>
      Array.from({ length: notesPerAsset }, (_, index) => {
        const own = attributes.slice(index * factsPerNote, (index + 1) * factsPerNote).map((attribute) => {
          const { style, now } = this.#facts.get(asset)!.get(attribute)!
          return writeFact(attribute, style, asset, now.now.value)
        })
        const inPassing = this.#comparisons.get(asset)!.slice(index * comparisons, (index + 1) * comparisons)
        const others = inPassing
          .filter((other) => other.asset !== asset)
          .map((other) => writeFact(other.attribute, 'plain', other.asset, this.#value(other, other.attribute).outdated))
        const sentences = [
          filler[index % filler.length]!,
          own[0]!,
          ...others,
          filler[(index + 2) % filler.length]!,
          ...own.slice(1),
        ]
        return `Note on ${asset}\n${sentences.join(' ')}`
      }),
    )
  }
}

function createFact(attribute: Attribute): Fact {
  const draw = () => formatFact(attribute, 1 + Math.floor(Math.random() * largestAmount))
  return {
    style: chance(implied) ? 'implied' : chance(paraphrased / (1 - implied)) ? 'paraphrased' : 'plain',
    now: new Regime(factMs, (before) => ({ value: draw(), outdated: before?.value ?? draw() })),
  }
}

/** Lexical ranking: each shared word counts by its squared rarity (tf–idf of both texts), every repetition less. */
function rankTexts(texts: readonly string[], query: string): string[] {
  const words = new Set(query.toLowerCase().match(/[a-z]{4,}/g))
  const counted = texts.map((text) => ({ text, counts: countWords(text, words) }))
  const rarity = new Map(
    [...words].map((word) => [word, Math.log(texts.length / (1 + counted.filter(({ counts }) => counts.has(word)).length))]),
  )
  const score = (counts: Map<string, number>) =>
    [...counts].reduce((sum, [word, count]) => sum + (rarity.get(word)! ** 2 * count) / (count + 1), 0)
  return counted
    .map(({ text, counts }) => ({ text, score: score(counts) }))
    .sort((a, b) => b.score - a.score)
    .map(({ text }) => text)
}

function countWords(text: string, wanted: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of text.toLowerCase().match(/[a-z]{4,}/g) ?? [])
    if (wanted.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}
