/** Parsers of arguments and options; this file imports nothing heavy. */
import { InvalidArgumentError } from 'commander'

const maxCycles = 1_000
const longestList = 100_000

/** Collects `knob=value` options into one map; each knob may be named once. */
export function collectAssignment(text: string, previous: Map<string, string> = new Map()): Map<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must have the form knob=value.')
  const knob = text.slice(0, at)
  if (previous.has(knob)) throw new InvalidArgumentError(`${knob} is named twice; give it one value.`)
  return previous.set(knob, text.slice(at + 1))
}

/** Parses a number of cycles. */
export const parseCycles = (text: string): number => parseCount(text, maxCycles)

/** Parses a number of entries of a list. */
export const parseLimit = (text: string): number => parseCount(text, longestList)

/** Parses the number of an alert. */
export const parseAlertId = (text: string): number => parseCount(text, Number.MAX_SAFE_INTEGER)
/** Parses the number of an anomaly. */
export const parseAnomalyId = (text: string): number => parseCount(text, Number.MAX_SAFE_INTEGER)

/** Parses the id of a profile. */
export const parseProfileId = (text: string): number => parseCount(text, Number.MAX_SAFE_INTEGER)

/** Parses how many seconds are profiled. */
export const parseProfileSeconds = (text: string): number => parseCount(text, 60)

function parseCount(text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0
  if (value < 1 || value > most) throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`)
  return value
}

/** The help of every argument `<knob=value...>`. */
export const assignmentHelp = 'knobs to set; write an order as a,b,c'

/** The help of every option `--reason`. */
export const reasonHelp = 'reason, recorded in the audit log'

/** The reason for a change if none is given. */
export const commandLineReason = 'from the command line'

/** A reason that may be left out; `why` is the former name of the option. */
export interface ReasonOptions {
  reason?: string
  why?: string
}

export const getReason = ({ reason, why }: ReasonOptions) => reason ?? why ?? ''
