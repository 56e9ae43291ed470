import { expect, test } from 'vitest'
import { FairQueue } from '../../../src/api/fair-queue.ts'

/** Turns whose work ends when it is let go; `ran` is what has begun, in order. */
function createWork(atOnce: number, maxWaiting: number) {
  const turns = new FairQueue(atOnce, maxWaiting)
  const ran: string[] = []
  const open: (() => void)[] = []
  const send = (sender: string, name: string, places?: number) => {
    const work = async () => {
      ran.push(name)
      await new Promise<void>((resolve) => open.push(resolve))
      return name
    }
    return turns.run(work, sender, places)
  }
  const finishAll = async (sent: Promise<unknown>[]) => {
    let isDone = false
    const all = Promise.all(sent).finally(() => {
      isDone = true
    })
    while (!isDone) {
      open.shift()?.()
      await new Promise(setImmediate)
    }
    return await all
  }
  return { send, finishAll, ran }
}

test('one who floods is refused himself, and those who send little are not', async () => {
  const { send, finishAll, ran } = createWork(1, 4)
  const flood = [1, 2, 3, 4, 5, 6].map((number) => send('flooder', `flood ${number}`))
  const others = [send('a', 'a 1'), send('b', 'b 1')]
  expect(await finishAll([...flood, ...others])).toEqual([
    ...['flood 1', 'flood 2', 'flood 3'],
    ...[undefined, undefined, undefined],
    ...['a 1', 'b 1'],
  ])
  // They take turns.
  expect(ran).toEqual(['flood 1', 'flood 2', 'a 1', 'b 1', 'flood 3'])
})

test('of one sender only so many wait, and the others are refused with a reason', async () => {
  const turns = new FairQueue(1, 100, 2)
  const gate = Promise.withResolvers<void>()
  const sent = Array.from({ length: 5 }, (_, index) => turns.runOrRefuse(() => gate.promise.then(() => index), 'flooder'))
  const settled = Promise.allSettled(sent)
  const other = turns.runOrRefuse(async () => 'other', 'other')
  await expect(sent[3]).rejects.toMatchObject({ code: 'too-many-requests', retryable: true })
  gate.resolve()
  expect((await settled).map(({ status }) => status)).toEqual([
    ...Array<string>(3).fill('fulfilled'),
    ...Array<string>(2).fill('rejected'),
  ])
  expect(await other).toBe('other')
})

test('large work takes more places, is given up before the small work of others, and may wait alone however large it is', async () => {
  const { send, finishAll, ran } = createWork(1, 10)
  const sent = [
    send('first', 'runs'),
    ...[send('large', 'huge', 15), send('large', 'one too many')],
    ...[send('a', 'a 1'), send('b', 'b 1', 9), send('c', 'c 1'), send('c', 'c 2')],
  ]
  expect(await finishAll(sent)).toEqual(['runs', undefined, undefined, 'a 1', undefined, 'c 1', 'c 2'])
  expect(ran).toEqual(['runs', 'a 1', 'c 1', 'c 2'])
})

test('nothing is given up for work that finds no room all the same', async () => {
  const { send, finishAll } = createWork(1, 10)
  const running = send('first', 'runs')
  const waiting = [send('a', 'a 1', 2), send('a', 'a 2', 2), send('b', 'b', 3), send('c', 'c', 3)]
  const sent = [running, ...waiting, send('d', 'd', 3)]
  expect(await finishAll(sent)).toEqual(['runs', 'a 1', 'a 2', 'b', 'c', undefined])
})

test('where senders are not told apart, the last ones are refused, and the others are served in order', async () => {
  const { send, finishAll, ran } = createWork(2, 1)
  expect(await finishAll([1, 2, 3, 4].map((number) => send('', String(number))))).toEqual(['1', '2', '3', undefined])
  expect(ran).toEqual(['1', '2', '3'])
})

test('work of one sender that hangs leaves a place for the others, and is not started in it', async () => {
  const { send, finishAll, ran } = createWork(3, 100)
  const stuck = [1, 2, 3, 4].map((number) => send('stuck', `stuck ${number}`))
  const other = send('other', 'other 1')
  expect(ran).toEqual(['stuck 1', 'stuck 2', 'other 1'])
  expect(await finishAll([...stuck, other])).toEqual(['stuck 1', 'stuck 2', 'stuck 3', 'stuck 4', 'other 1'])
})
