import { joinWithAnd } from '../model/format.ts'
import type { Trust } from '../reading/trust.ts'
import { formatTime } from './format-time.ts'

/** More kinds would hide the rest of the status. */
const maxKinds = 8

/** The meaning of the autonomy for each kind of agent, and where the reputation comes from, one line each. */
export function formatTrust({ autonomy, reputation }: Trust): string[] {
  const kinds = autonomy.filter(({ kind }) => kind !== null)
  const shown = [...kinds.slice(0, maxKinds), ...autonomy.filter(({ kind }) => kind === null)]
  const { value, since, by, why } = reputation
  const origin = since ? `since ${formatTime(since)}, by ${by}${why ? `: ${why}` : ''}` : 'the default'
  return [
    ...shown.map(
      ({ kind, autonomy: level, needsApproval }) =>
        `autonomy ${level.toFixed(2)} for ${kind ?? (kinds.length > 0 ? 'other kinds' : 'all kinds')}: ${
          needsApproval.length > 0 ? `${joinWithAnd(needsApproval)} risk needs approval` : 'nothing needs approval'
        }`,
    ),
    ...(kinds.length > maxKinds ? [`${kinds.length - maxKinds} more kinds: --json lists them`] : []),
    `reputation ${value.toFixed(2)} with the strategic orchestrator: ${origin}`,
  ]
}
