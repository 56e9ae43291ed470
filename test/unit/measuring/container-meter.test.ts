import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ContainerMeter } from '../../../src/measuring/container-meter.ts'
import { temporaryFolder } from '../../support/folder.ts'

/** A folder with files of Linux, by their path. */
function createRoot(files: Record<string, string>) {
  const root = temporaryFolder()
  const write = (changed: Record<string, string>) => {
    for (const [path, content] of Object.entries(changed)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    }
  }
  write(files)
  return { root, write }
}

const traffic = (received: number, sent: number) =>
  `Inter-|   Receive\n face |bytes\n    lo: 999 0 0 0 0 0 0 0 999 0\n  eth0: ${received} 5 0 0 0 0 0 0 ${sent} 5\n`
const cpu = (periods: number, throttled: number) => `usage_usec 1\nnr_periods ${periods}\nnr_throttled ${throttled}\n`

const container = {
  'proc/self/cgroup': '0::/\n',
  'proc/net/dev': traffic(1_000, 500),
  'sys/fs/cgroup/memory.max': '1000000\n',
  'sys/fs/cgroup/memory.current': '700000\n',
  'sys/fs/cgroup/memory.stat': 'anon 400000\ninactive_file 200000\n',
  'sys/fs/cgroup/cpu.max': '200000 100000\n',
  'sys/fs/cgroup/cpu.stat': cpu(100, 10),
}

/** The limits that the files of the container set. */
const limits = { memoryLimitMb: 1_000_000 / 2 ** 20, cpuCores: 2 }

test('a container reports its memory at once, and rates from the second reading on', async () => {
  const { root, write } = createRoot(container)
  const meter = new ContainerMeter(root)
  expect(await meter.read()).toEqual({ memoryPercent: 50, ...limits })
  write({ 'proc/net/dev': traffic(4_000, 1_500), 'sys/fs/cgroup/cpu.stat': cpu(140, 20) })
  const reading = await meter.read()
  expect(reading).toEqual({ memoryPercent: 50, ...limits, cpuThrottledPercent: 25, networkBytesPerSecond: expect.any(Number) })
  expect(reading.networkBytesPerSecond).toBeGreaterThan(0)
})

test('without limits there is no share of them', async () => {
  const { root, write } = createRoot({
    ...container,
    'sys/fs/cgroup/memory.max': 'max\n',
    'sys/fs/cgroup/cpu.max': 'max 100000\n',
    'sys/fs/cgroup/cpu.stat': cpu(0, 0),
  })
  const meter = new ContainerMeter(root)
  await meter.read()
  write({ 'proc/net/dev': traffic(2_000, 500) })
  expect(Object.keys(await meter.read())).toEqual(['networkBytesPerSecond'])
})

test('counters that begin anew are no negative rates, and no period is no throttling', async () => {
  const { root, write } = createRoot(container)
  const meter = new ContainerMeter(root)
  await meter.read()
  expect(await meter.read()).toEqual({ memoryPercent: 50, ...limits, cpuThrottledPercent: 0, networkBytesPerSecond: 0 })
  write({ 'proc/net/dev': traffic(1, 1), 'sys/fs/cgroup/cpu.stat': cpu(2, 1) })
  expect(await meter.read()).toEqual({ memoryPercent: 50, ...limits, cpuThrottledPercent: 0, networkBytesPerSecond: 0 })
})

test('a service of the host has limits of its own, but not a network', async () => {
  const folder = 'sys/fs/cgroup/system.slice/agent.service'
  const { root } = createRoot({
    'proc/self/cgroup': '0::/system.slice/agent.service\n',
    'proc/net/dev': traffic(1, 1),
    [`${folder}/memory.max`]: '1000\n',
    [`${folder}/memory.current`]: '250\n',
  })
  const meter = new ContainerMeter(root)
  await meter.read()
  expect(await meter.read()).toEqual({ memoryPercent: 25, memoryLimitMb: 1_000 / 2 ** 20 })
})

test.each<[string, Record<string, string>]>([
  ['no container', { 'proc/self/cgroup': '0::/\n', 'proc/net/dev': traffic(1, 1), 'sys/fs/cgroup/cpu.stat': cpu(1, 1) }],
  ['cgroup v1', { 'proc/self/cgroup': '4:memory:/docker/1\n', 'sys/fs/cgroup/memory.max': '1000\n' }],
  ['another system', {}],
])('with %s there is nothing', async (_, files) => {
  const meter = new ContainerMeter(createRoot(files).root)
  await meter.read()
  expect(await meter.read()).toEqual({})
})
