import { expect, test } from 'vitest'
import { OptimizerError } from '../../../src/model/errors.ts'
import { extractFailureLine } from '../../../src/servers/failure-line.ts'
import { startWithDiskCheck } from '../../../src/servers/full-disk.ts'
import { temporaryFolder } from '../../support/folder.ts'

const failWith = (error: Error) => startWithDiskCheck('PostgreSQL', temporaryFolder(), () => Promise.reject(error))

test.each([
  ['Node', Object.assign(new Error('write'), { code: 'ENOSPC' })],
  ['PostgreSQL', Object.assign(new Error('could not extend file'), { code: '53100' })],
  ['initdb', new OptimizerError('broken-data-folder', 'It could not be created: could not write: No space left on device.')],
])('a full disk that %s meets while a server starts is told in one sentence with the remedy', async (_, error) => {
  await expect(failWith(error)).rejects.toMatchObject({
    code: 'disk-full',
    message: expect.stringMatching(
      /^PostgreSQL cannot start, because the disk that holds \S+ is full; free some space there, .*OPTIMIZER_DATA_DIR/,
    ),
  })
})

test('of what a program said, the line about the full disk tells why it failed', () => {
  const said = [
    'FATAL:  could not extend file "1": wrote only 4096 of 8192 bytes',
    'PANIC:  cannot abort',
    'initdb: removing contents',
  ]
  expect(extractFailureLine(said.join('\n'))).toBe(said[0])
  expect(extractFailureLine(said.slice(1).join('\n'))).toBe(said[1])
})

test('other failures stay what they are', async () => {
  const error = new OptimizerError('port-taken', 'The port is taken.')
  await expect(failWith(error)).rejects.toBe(error)
})
