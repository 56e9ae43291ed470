import type { IdentityView } from '../reading/identity.ts'
import { formatTable } from './table.ts'

/** The goals as a list, and the traits as a table. */
export function formatIdentity({ goals, traits }: IdentityView): string {
  return [
    `Goal: ${goals.primary}`,
    ...goals.secondary.map((goal) => `  · ${goal}`),
    ...goals.tactical.map((goal) => `    · ${goal}`),
    formatTable(
      ['trait', 'value', 'factor', 'decides', 'now'],
      traits.map(({ name, value, factor, effect, now }) => [name, value, formatFactor(factor), effect, now]),
    ),
  ].join('\n')
}

/** "Traits: analytical 95, systematic 90 …"; one that is not as documented has its factor. */
export function formatTraits({ traits }: IdentityView): string {
  const each = traits.map(({ name, value, factor }) => `${name} ${value}${factor === 1 ? '' : ` (${formatFactor(factor)})`}`)
  return `Traits: ${each.join(', ')}`
}

const formatFactor = (factor: number) => `× ${Number(factor.toFixed(2))}`
