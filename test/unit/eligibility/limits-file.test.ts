import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readLimits } from '../../../src/config/limits.ts'
import { limitsSchema, noLimits } from '../../../src/model/limits.ts'
import { blocks, documents } from '../../support/documents.ts'
import { temporaryFolder } from '../../support/folder.ts'

function read(content: string | object, limitsFile?: string) {
  const dataDir = temporaryFolder()
  writeFileSync(join(dataDir, 'limits.json'), typeof content === 'string' ? content : JSON.stringify(content))
  return readLimits({ dataDir, limitsFile })
}

describe('the limits file', () => {
  test('is limits.json in the data folder, and limits nothing if it is missing', () => {
    expect(read({ maxChangesPerHour: 3 }).maxChangesPerHour).toBe(3)
    expect(readLimits({ dataDir: temporaryFolder() })).toEqual(noLimits)
  })

  test('must exist if the configuration names it', () => {
    const dataDir = temporaryFolder()
    const limitsFile = join(dataDir, 'mine.json')
    expect(() => readLimits({ dataDir, limitsFile })).toThrow('mine.json are invalid: the configuration names it')
    writeFileSync(limitsFile, '{"maxConcurrentTrials": 1}')
    expect(readLimits({ dataDir, limitsFile }).maxConcurrentTrials).toBe(1)
  })

  test('is read again every time, and never written', () => {
    const dataDir = temporaryFolder()
    const file = join(dataDir, 'limits.json')
    writeFileSync(file, '{"maxChangesPerHour": 3}')
    const { mtimeMs } = statSync(file)
    readLimits({ dataDir })
    expect([readFileSync(file, 'utf8'), statSync(file).mtimeMs]).toEqual(['{"maxChangesPerHour": 3}', mtimeMs])
    writeFileSync(file, '{"maxChangesPerHour": 2}')
    expect(readLimits({ dataDir }).maxChangesPerHour).toBe(2)
  })

  test.each([
    ['{"maxChangesPerHour": 3', 'it is not valid JSON'],
    ['', 'it is not valid JSON'],
    ['[]', 'expected object'],
    [{ maxChangesPerHour: 0 }, 'maxChangesPerHour: '],
    [{ maxChangesPerHuor: 3 }, 'Unrecognized key: "maxChangesPerHuor"'],
    [{ neverTouch: [{}] }, 'neverTouch.0: name an agent, a kind or a knob'],
    [{ neverTouch: [{ agnet: 'hunter' }] }, 'neverTouch.0: '],
    [{ maxSteps: [{ knob: 'pool' }] }, 'maxSteps.0.share: '],
    [{ maxSteps: [{ share: 0 }] }, 'maxSteps.0.share: '],
    [{ floors: [{ successRate: 60 }] }, 'floors.0.successRate: '],
    [{ floors: [{}] }, 'floors.0: set at least one of successRate, coordinationScore, responseTimeMs'],
    [{ floors: [{ successRate: 0.6 }, { kind: 'hunter' }] }, 'floors.1: set at least one'],
    [{ minAggressiveness: 4, maxAggressiveness: 2 }, 'minAggressiveness (4) is above maxAggressiveness (2)'],
    [{ freeze: [{ begins: '0 99 * * *', hours: 1 }] }, 'freeze.0.begins: '],
    [{ freeze: [{ begins: '0 0 31 2 *', hours: 1 }] }, 'freeze.0.begins: 0 0 31 2 * never occurs'],
    [{ freeze: [{ begins: '0 0 * * *', hours: 1, timeZone: 'Mars/Olympus' }] }, 'Mars/Olympus'],
  ])('with the content %j stops all trials, and the error says what is wrong', (content, what) => {
    const failure = (() => {
      try {
        return read(content)
      } catch (error) {
        return error as { code: string; message: string; retryable: boolean }
      }
    })()
    expect(failure).toMatchObject({ code: 'broken-limits', retryable: false, message: expect.stringContaining(what) })
    expect(failure).toMatchObject({
      message: expect.stringMatching(/^The optimizer tries nothing while .*limits\.json .*; correct the file\.$/s),
    })
  })

  test('can fix the aggressiveness to one level, and give floors for a single metric', () => {
    const limits = { minAggressiveness: 3, maxAggressiveness: 3, floors: [{ kind: 'hunter', coordinationScore: 0.5 }] }
    expect(read(limits)).toMatchObject(limits)
  })

  test('that is a folder stops all trials', () => {
    const dataDir = temporaryFolder()
    mkdirSync(join(dataDir, 'limits.json'))
    expect(() => readLimits({ dataDir })).toThrow('are invalid')
  })
})

test('the example in the documentation is a valid limits file', () => {
  const [example] = blocks(documents.find(({ name }) => name === 'docs/what-may-run.md')!, 'json')
  const parsed = limitsSchema.parse(JSON.parse(example!))
  expect(Object.keys(parsed).sort()).toEqual(Object.keys(limitsSchema.shape).sort())
})
