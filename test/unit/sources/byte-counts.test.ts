import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { countDiskBytes } from '../../../src/sources/system/byte-counts.ts'
import { ByteRateMeter } from '../../../src/sources/system/byte-rate.ts'
import { temporaryFolder } from '../../support/folder.ts'

/** A folder with files of Linux, by their path. */
function createRoot(files: Record<string, string>): string {
  const root = temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}

const line = (name: string, sectorsRead: number, sectorsWritten: number) =>
  `   8       0 ${name} 100 7 ${sectorsRead} 50 200 9 ${sectorsWritten} 60 0 70 80\n`

test('the bytes of all disks count, and those of what lies on top of them do not', async () => {
  const root = createRoot({
    'proc/diskstats': [line('loop0', 5, 5), line('sda', 10, 4), line('sda1', 10, 4), line('dm-0', 10, 4), line('sdb', 1, 0)].join(
      '',
    ),
    'sys/block/loop0/stat': '',
    'sys/block/sda/device/model': '',
    'sys/block/sdb/device/model': '',
    'sys/block/dm-0/dm/name': '',
  })
  expect(await countDiskBytes(root)).toBe(15 * 512)
})

test('where the system shows no disk, nothing is measured', async () => {
  expect(await countDiskBytes(createRoot({ 'proc/diskstats': line('loop0', 5, 5), 'sys/block/loop0/stat': '' }))).toBeNull()
  expect(await countDiskBytes(temporaryFolder())).toBeNull()
  expect(await new ByteRateMeter(async () => null).read()).toBeNull()
})
