/** Settings in files, of JSON or of environment variables: replaced whole, and read again by the agent. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Delivery } from '../../messaging/protocol.ts'
import { formatEnvironmentFile } from '../../model/environment-file.ts'
import { expandSettingsPath } from '../../model/telemetry.ts'
import type { Database } from '../../store/database.ts'
import { getAssignedConfiguration } from '../../store/deliveries.ts'
import type { SettingsChannel } from './settings-channel.ts'

/** How often a file is compared with the settings, so that one that was removed or changed is restored; milliseconds. */
const recheckMs = 60_000

const formats = {
  json: ({ version, values }: Delivery) => `${JSON.stringify({ version, values }, null, 2)}\n`,
  environment: formatEnvironmentFile,
}

/** @param path with marks for the ids of agent and instance */
export const createSettingsFile = (db: Database, path: string, format: keyof typeof formats): SettingsChannel => ({
  isKept: true,
  /**
   * An instance that is gone starts with the settings it finds, so they must not contain values that were rolled back in the meantime. There may be
   * many such instances, so their files are not compared again.
   */
  isDue: ({ liveness, assignedVersion, declarationId }, given, now) =>
    given?.version !== assignedVersion ||
    given.declarationId !== declarationId ||
    (liveness !== 'gone' && now >= given.at + recheckMs),
  async converge({ agentId, instanceId }) {
    const delivery = await getAssignedConfiguration(db, agentId, instanceId)
    await replaceFile(expandSettingsPath(path, agentId, instanceId), formats[format](delivery))
  },
})

/** Replaces a file atomically, so that nobody reads half of it; a file that already has this content is left alone. */
async function replaceFile(path: string, content: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === content) return
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, content)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}
