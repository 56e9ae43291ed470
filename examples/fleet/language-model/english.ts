/** The sentences in which notes state facts about assets: the simulator writes them, and the models read them. */

/** Plain statements name the asset and the attribute; paraphrased ones only the asset; implied ones leave both to the context. */
export type Style = 'plain' | 'paraphrased' | 'implied'

const phrases = {
  'custody fee': ['basis points', '{asset} charges {value} for safekeeping.', 'Safekeeping costs {value}.'],
  'settlement time': ['seconds', 'Transfers of {asset} are final after {value}.', 'Transfers are final after {value}.'],
  'supply cap': ['million units', 'No more than {value} of {asset} will ever exist.', 'No more than {value} will ever exist.'],
  'staking reward': ['percent', 'Whoever locks {asset} earns {value} a year.', 'Locking it earns {value} a year.'],
  'daily turnover': [
    'million dollars',
    '{asset} changes hands for {value} every day.',
    'It changes hands for {value} every day.',
  ],
  'reserve fund': ['billion dollars', 'Behind {asset} stand {value}.', 'Behind it stand {value}.'],
  'block interval': ['milliseconds', 'A page is added to {asset} every {value}.', 'A page is added every {value}.'],
  'team size': ['people', '{asset} is maintained by {value}.', 'It is maintained by {value}.'],
  'lock-up period': ['days', 'Deposits of {asset} are released after {value}.', 'Deposits are released after {value}.'],
  'listing fee': ['thousand dollars', 'Exchanges pay {value} to offer {asset}.', 'Exchanges pay {value} to offer it.'],
  'number of holders': ['thousand wallets', '{asset} is kept in {value}.', 'It is kept in {value}.'],
  'insured amount': ['million euros', 'Losses of {asset} are covered up to {value}.', 'Losses are covered up to {value}.'],
} satisfies Record<string, [unit: string, paraphrased: string, implied: string]>

export type Attribute = keyof typeof phrases
export const attributes = Object.keys(phrases) as Attribute[]
const isAttribute = (name: string): name is Attribute => Object.hasOwn(phrases, name)

const templateOf = (attribute: Attribute, style: Style) => {
  const [, paraphrased, implied] = phrases[attribute]
  return { plain: `The ${attribute} of {asset} is {value}.`, paraphrased, implied }[style]
}

/** "14 basis points" */
export const formatFact = (attribute: Attribute, amount: number) => `${amount} ${phrases[attribute][0]}`

/** The sentence that states a fact about an asset. */
export function writeFact(attribute: Attribute, style: Style, asset: string, value: string): string {
  return templateOf(attribute, style).replace('{asset}', asset).replace('{value}', value)
}

/** The value that a sentence states, understood in this style; undefined if it states none. */
export function readFact(sentence: string, attribute: Attribute, style: Style, asset: string): string | undefined {
  const [before, after] = templateOf(attribute, style).replace('{asset}', asset).split('{value}') as [string, string]
  if (!sentence.startsWith(before) || !sentence.endsWith(after)) return undefined
  const value = sentence.slice(before.length, sentence.length - after.length)
  return value.endsWith(phrases[attribute][0]) ? value : undefined
}

/** "The custody fee is 14 basis points." */
export const writeAnswer = (attribute: Attribute, value: string) => `The ${attribute} is ${value}.`

export interface Question {
  asset: string
  attributes: Attribute[]
}

/** "For Orion, what are the custody fee, the team size, the supply cap?" */
export const writeQuestion = ({ asset, attributes }: Question) => `For ${asset}, what are the ${attributes.join(', the ')}?`

/** The data that a question asks for; undefined if it is not such a question. */
export function readQuestion(text: string): Question | undefined {
  const [, asset, list] = /^For (\w+), what are the (.+)\?$/.exec(text) ?? []
  return asset && list ? { asset, attributes: list.split(', the ').filter(isAttribute) } : undefined
}
