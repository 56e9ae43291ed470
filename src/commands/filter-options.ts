/** The options of filters; this file imports nothing heavy. */
import { type Command, Option } from 'commander'
import { parseLimit } from './arguments.ts'

/** As they were given. */
export interface FilterOptions {
  agent?: string
  since?: string
  limit?: number
}

/** Adds `--agent`, `--since` and `--limit`. @param noun what is listed, in the plural */
export const addFilterOptions = (command: Command, noun: string): Command =>
  command
    .option('--agent <agent>', `only ${noun} of this agent`)
    .addOption(createSinceOption())
    .option('--limit <n>', `maximum number of ${noun} to show, newest first`, parseLimit)

export const createSinceOption = (): Option =>
  new Option('--since <time>', 'only since this time: a duration ago, such as 24h or 7d, or a time such as 2026-11-21T11:00')
