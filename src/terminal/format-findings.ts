import type { DiagnosisFinding } from '../client/diagnosis/finding.ts'

const marks = { ok: 'ok  ', warning: 'WARN', failed: 'FAIL' }

/** One line per check, with the remedy if it failed. */
export function formatFindings(findings: readonly DiagnosisFinding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.map(({ check, state, found, remedy }) => {
    const advice = remedy ? `\n      ${' '.repeat(width)}→ ${remedy}` : ''
    return `${marks[state]}  ${check.padEnd(width)}  ${found}${advice}`
  })
  const wrong = findings.filter(({ state }) => state !== 'ok').length
  const total = wrong === 0 ? 'Everything is in order.' : `${wrong} of ${findings.length} checks need attention.`
  return [...lines, '', total].join('\n')
}
