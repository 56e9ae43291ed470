import type { Style } from './english.ts'

/** The documented properties of a model. */
export interface Model {
  /** USD per million tokens. */
  price: { input: number; output: number }
  /** Median milliseconds until it begins to read, per input token, and per output token. */
  speed: { startMs: number; readMs: number; writeMs: number }
  /** Longer prompts are refused, tokens. */
  window: number
  /** Only this many tokens at the end of the prompt are really read. */
  attention: number
  /** The sentences it understands. */
  understands: Style[]
  /** Tokens of general remarks after its answer. */
  remarks: number
  /** Probability that a request fails because the model is overloaded, and the addition for every 1,000 input tokens. */
  errors: { base: number; perThousandTokens: number }
}

export const models: Record<string, Model> = {
  large: {
    price: { input: 2.5, output: 10 },
    speed: { startMs: 300, readMs: 0.12, writeMs: 1.6 },
    window: 16_000,
    attention: 16_000,
    understands: ['plain', 'paraphrased', 'implied'],
    remarks: 500,
    errors: { base: 0.01, perThousandTokens: 0.005 },
  },
  medium: {
    price: { input: 0.6, output: 2.4 },
    speed: { startMs: 200, readMs: 0.06, writeMs: 0.9 },
    window: 8_000,
    attention: 2_500,
    understands: ['plain', 'paraphrased'],
    remarks: 400,
    errors: { base: 0.008, perThousandTokens: 0.004 },
  },
  small: {
    price: { input: 0.15, output: 0.6 },
    speed: { startMs: 100, readMs: 0.03, writeMs: 0.5 },
    window: 4_000,
    attention: 700,
    understands: ['plain'],
    remarks: 300,
    errors: { base: 0.005, perThousandTokens: 0.003 },
  },
}

const charactersPerToken = 4

export const countTokens = (text: string) => Math.ceil(text.length / charactersPerToken)
export const firstTokens = (text: string, count: number) => text.slice(0, count * charactersPerToken)
export const lastTokens = (text: string, count: number) => text.slice(-count * charactersPerToken)
