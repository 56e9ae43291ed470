/** The finding of one check, and the remedy if something is wrong. */
export interface DiagnosisFinding {
  check: string
  state: 'ok' | 'warning' | 'failed'
  found: string
  remedy?: string
}

export const okFinding = (check: string, found: string): DiagnosisFinding => ({ check, state: 'ok', found })
export const warningFinding = (check: string, found: string, remedy: string): DiagnosisFinding => ({
  check,
  state: 'warning',
  found,
  remedy,
})
export const failedFinding = (check: string, found: string, remedy: string): DiagnosisFinding => ({
  check,
  state: 'failed',
  found,
  remedy,
})
