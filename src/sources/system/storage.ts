import { statfs } from 'node:fs/promises'

/** Usage of a folder's file system in percent, computed as by `df`; null if the platform does not provide it. */
export async function readStoragePercent(folder: string): Promise<number | null> {
  const stats = await statfs(folder).catch(() => null)
  if (!stats) return null
  const used = stats.blocks - stats.bfree
  const usable = used + stats.bavail
  return usable > 0 ? (used / usable) * 100 : null
}
