/** Agents as formulas: the true figures of a configuration. Their constants are drawn again for every run. */
import type { TunerOptions } from '../../src/analysis/tuning/index.ts'
import type { KnobValues } from '../../src/model/knob.ts'

export type Metrics = { latency: number } & Record<string, number>

export interface Surface {
  name: string
  options: Pick<TunerOptions, 'knobs' | 'constraints' | 'current'>
  /** @param vary a constant near the given one, the same for the same name */
  truth(configuration: KnobValues, vary: (name: string, near: number) => number): Metrics
}

const int = (name: string, min: number, max: number) => ({ name, type: 'int', min, max, scale: 'log' }) as const
const choice = (name: string, values: string[]) => ({ name, type: 'enum', values }) as const
const over = (value: number, at: number, width: number) => 1 / (1 + Math.exp(-Math.log(Math.max(value, 1e-9) / at) / width))

/** Waiting in a queue of `servers` (Sakasegawa's approximation), linear beyond saturation. */
function waiting(rate: number, service: number, servers: number): number {
  const load = (rate * service) / servers
  const busy = Math.min(load, 0.97)
  return (service * busy ** Math.sqrt(2 * (servers + 1))) / (servers * (1 - busy)) + 25 * service * Math.max(0, load - 0.97)
}

/** Memory is scarce: a gentler collector needs more of it, which the buffers must give up. */
const collector: Surface = {
  name: 'garbage collection',
  options: {
    knobs: [
      int('heap', 512, 8192),
      int('buffers', 8, 2048),
      int('workers', 1, 256),
      choice('collector', ['plain', 'young', 'gentle']),
      int('direct', 16, 2048),
    ],
    constraints: [{ metric: 'memory', max: 1 }],
    current: { heap: 2600, buffers: 60, workers: 9, collector: 'plain', direct: 40 },
  },
  truth({ heap, buffers, workers, collector, direct }, vary) {
    const [overhead, pause] = { plain: [1, 90], young: [1.15, 45], gentle: [1.55, 8] }[String(collector)]!
    const pressure = ((vary('live', 700) + Number(buffers) + 120) * overhead!) / Number(heap)
    const hits = 1 - Math.exp(-((Number(buffers) / vary('size', 260)) ** 0.8))
    const service =
      vary('service', 0.06) * (1 + (0.1 * pressure ** 3) / Math.max(0.02, 1.02 - Math.min(1, pressure))) * (1 - 0.65 * hits)
    const wait = waiting(vary('rate', 70), service, Math.min(Number(workers), 12))
    const spill = 0.06 * Math.exp(-Number(direct) / vary('spill', 180))
    return {
      latency:
        1e3 * (service * (1 + (Number(workers) / vary('contention', 60)) ** 1.6) + wait + spill) + pause! * (0.3 + pressure),
      memory: (1.08 * Number(heap) + 6 * Number(workers) + Number(direct)) / 1024 / vary('memory', 3.2),
    }
  },
}

/** Recall against speed: coarse codes are fast, but only exact if their best results are ranked again. */
const search: Surface = {
  name: 'vector search',
  options: {
    knobs: [
      int('effort', 8, 2048),
      int('links', 4, 96),
      choice('codes', ['exact', 'fine', 'coarse']),
      { name: 'rerank', type: 'bool' },
      int('candidates', 1, 40),
      int('threads', 1, 128),
    ],
    constraints: [{ metric: 'recall', min: 0.93 }],
    current: { effort: 400, links: 48, codes: 'exact', rerank: false, candidates: 2, threads: 6 },
  },
  truth({ effort, links, codes, rerank, candidates, threads }, vary) {
    const [cost, exactness] = { exact: [1, 1], fine: [0.55, 0.985], coarse: [0.3, 0.93] }[String(codes)]!
    const found =
      exactness! *
      (1 - Math.exp(-((Number(effort) / vary('effort', 45)) ** 0.7))) *
      (1 - 0.25 * Math.exp(-Number(links) / vary('links', 9)))
    const ranked = rerank ? 1 - Math.exp(-Number(candidates) / vary('candidates', 4)) : 0
    const work =
      cost! * Number(effort) ** 0.85 * (Number(links) / 16) ** 0.4 * vary('work', 0.6) +
      (rerank ? 1.6 * Number(candidates) : 0) +
      4
    return {
      latency:
        work * (1 + (Number(threads) / vary('contention', 40)) ** 2) +
        1e3 * waiting(vary('rate', 25), work / 1e3, Number(threads)),
      recall: found + (1 - found) * 0.75 * ranked,
    }
  },
}

/** A flaky source: long timeouts and many retries cost time, short timeouts and few retries cost answers. */
const source: Surface = {
  name: 'flaky source',
  options: {
    knobs: [
      { name: 'retries', type: 'int', min: 0, max: 6 },
      int('timeout', 50, 10_000),
      int('backoff', 5, 5000),
      { name: 'hedge', type: 'bool' },
      { ...int('after', 20, 5000), activeWhen: { hedge: [true] } },
    ],
    constraints: [{ metric: 'success', min: 0.95 }],
    current: { retries: 3, timeout: 3000, backoff: 900, hedge: false, after: 1500 },
  },
  truth({ retries, timeout, backoff, hedge, after }, vary) {
    const late = hedge ? over(vary('hedge', 260), Number(after), 0.4) : 0
    const storm = over(((Number(retries) + 0.3) * vary('storm', 30)) / Number(backoff), 4, 0.2)
    const median = vary('median', 150) * (1 + 0.6 * storm + (hedge ? 0.9 * over(vary('flood', 90), Number(after), 0.3) : 0))
    const inside = over(Number(timeout), median, 0.3 - 0.15 * late)
    const answered = 0.88 * inside
    let [latency, success, reached] = [0, 0, 1]
    for (let attempt = 0; attempt <= Number(retries); attempt++) {
      const pause = attempt === 0 ? 0 : Number(backoff) * 1.5 ** attempt
      latency += reached * (answered * median + (1 - inside) * Number(timeout) + 0.12 * inside * median + pause)
      success += reached * answered
      reached *= 1 - answered
    }
    return { latency: latency * (1 + 3 * storm), success: success * 0.995 }
  },
}

export const surfaces = [collector, search, source]
