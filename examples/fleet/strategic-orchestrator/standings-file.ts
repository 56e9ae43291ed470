import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const shareSchema = z.number().min(0).max(1)
const standingsSchema = z.object({
  agents: z.record(z.string(), z.object({ reputation: shareSchema, autonomy: shareSchema })),
  optimizerReputation: shareSchema,
  counted: z.array(z.string()).optional(),
})
export type KnownStandings = z.infer<typeof standingsSchema>

const contentSchema = standingsSchema.extend({
  commands: z.object({ focus: z.string().optional(), isSaving: z.boolean() }).optional(),
})
type Content = z.infer<typeof contentSchema>

/** The file in the data folder that keeps the standings, and what commands are in force, over restarts; undefined if there is no such folder. */
export function findStandingsFile({ OPTIMIZER_DATA_DIR: folder }: NodeJS.ProcessEnv = process.env): string | undefined {
  return folder ? join(folder, 'fleet', 'standings.json') : undefined
}

/** Undefined if there are none, or none that can be read. */
export function readStandings(file: string | undefined): Content | undefined {
  try {
    return file === undefined ? undefined : contentSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}

/** Replaces the file at once, so that it is whole whenever the process dies. */
export function writeStandings(file: string | undefined, standings: Content): void {
  if (file === undefined) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.tmp`, JSON.stringify(standings))
  renameSync(`${file}.tmp`, file)
}
