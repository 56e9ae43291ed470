import { statfs } from 'node:fs/promises'

/** How full the file system of a folder is, percent, as `df` counts it; null where the platform does not tell. */
export async function readStoragePercent(folder: string): Promise<number | null> {
  const stats = await statfs(folder).catch(() => null)
  if (!stats) return null
  const used = stats.blocks - stats.bfree
  const usable = used + stats.bavail
  return usable > 0 ? (used / usable) * 100 : null
}
