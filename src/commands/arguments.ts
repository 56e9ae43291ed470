/** Parsers of arguments and options; they load nothing heavy. */
import { InvalidArgumentError } from 'commander'
import { OptimizerError } from '../model/errors.ts'

/** Collects `knob=value` options into one map. */
export function collectAssignment(text: string, previous: Map<string, string> = new Map()): Map<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must have the form knob=value.')
  return previous.set(text.slice(0, at), text.slice(at + 1))
}

/**
 * Parses a version, or a past time, which becomes ISO 8601 in UTC. A time without a zone is local time.
 * @throws OptimizerError `invalid-input`
 */
export function parsePoint(text: string): number | string {
  const version = Number(text)
  if (Number.isInteger(version) && version > 0) return version
  const time = new Date(text)
  if (/^\d{4}-\d\d-\d\d/.test(text) && time.getTime() <= Date.now()) return toWholeSecond(text, time).toISOString()
  throw new OptimizerError(
    'invalid-input',
    `${text} is neither a version nor a past time; use a version such as 3, or a time such as 2026-11-21T11:00.`,
  )
}

/** Times are printed without fractions of a second, so the whole second counts. */
function toWholeSecond(text: string, time: Date): Date {
  return text.includes('.') ? time : new Date(time.getTime() + 999)
}

/** Parses a whole number of at least 1. */
export function parsePositive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number of at least 1.')
  return value
}
