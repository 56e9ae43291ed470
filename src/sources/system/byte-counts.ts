/** Linux's counters of bytes; other platforms would need an external program. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseTotalBytes } from '../../measuring/network-traffic.ts'

/** Of `/proc/diskstats`, whatever the sectors of the device. */
const sectorBytes = 512

/** Received and sent by all interfaces except loopback; null on other platforms. */
export const countNetworkBytes = (): Promise<number | null> => readFile('/proc/net/dev', 'utf8').then(parseTotalBytes, () => null)

/**
 * Read from and written to the disks of the host; null on other platforms, and where the host shows no disk. Anything on top of disks
 * (partitions, volumes of LVM and RAID, loop devices) is not counted again: only disks have a `device` in sysfs.
 * @param root where `proc` and `sys` are
 */
export async function countDiskBytes(root = '/'): Promise<number | null> {
  const folder = join(root, 'sys/block')
  const [text, names] = await Promise.all([
    readFile(join(root, 'proc/diskstats'), 'utf8').catch(() => ''),
    readdir(folder).catch(() => []),
  ])
  const hasDevice = await Promise.all(
    names.map((name) =>
      readdir(join(folder, name)).then(
        (files) => files.includes('device'),
        () => false,
      ),
    ),
  )
  const disks = new Set(names.filter((_, index) => hasDevice[index]))
  // Lines of `major minor name`, then 11 figures or more: the third is of sectors read, the seventh of sectors written.
  const counts = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , name = '']) => disks.has(name))
    .map((fields) => (Number(fields[5]) + Number(fields[9])) * sectorBytes)
  return counts.length > 0 ? counts.reduce((sum, count) => sum + count) : null
}
