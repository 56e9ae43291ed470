/**
 * The aspect of a component that a metric shows: how it serves its callers, how its callees serve it, its load, or the
 * resources it uses.
 */
export type MetricClass = 'service' | 'calls' | 'load' | 'resource'

/** Whatever is measured of them, such as the time of a processor or failures to allocate memory. */
const resource = /\b(cpu|mem\b|memory|disk|heap|gc\b|fs\b|uptime|event loop|lock|queue)/i
/** By parts of words, because many names join them ("pgmajfault"); a sentiment is neither a time nor sent, and a default no fault. */
const service = /laten|duration|response|delay|(?<!sen)time|error|fail|success|avail|(?<!de)fault|timeout|slow|\blat/i
/** Measured by the caller, as clients and proxies do; "downstream" is the caller for some and the callee for others. */
const calls = /\b(client|outbound|outgoing|egress|upstream|dependency)\b/i
const failure = /error|fail|success|avail|(?<!de)fault|timeout/i
const load =
  /workload|request|throughput|traffic|calls|volume|count|receive|sent(?!iment)|transmit|\bload\b|\blod\b|\bops\b|\bqps\b|\brps\b/i
const better = /success|avail|throughput/i

/** "memoryMb" and "memory_mb" as "memory Mb" and "memory mb" */
export const splitWords = (metric: string) => metric.replace(/[_\-.]/g, ' ').replace(/([a-z])([A-Z])/g, '$1 $2')

export function classifyMetric(metric: string): MetricClass {
  const spaced = metric.replace(/[_\-.]/g, ' ')
  if (resource.test(splitWords(metric))) return 'resource'
  if (!service.test(spaced)) return load.test(spaced) ? 'load' : 'resource'
  // Errors of clients are often those that they make themselves.
  return calls.test(splitWords(metric)) && !failure.test(metric) ? 'calls' : 'service'
}

/** Whether both tell of times, or both of failures, as quantiles of the same times do. */
export const isSameQuantity = (one: string, other: string) => failure.test(one) === failure.test(other)

/** 1 if more is worse, −1 if less is. */
export const getWorseningSign = (metric: string) => (better.test(metric) ? -1 : 1)
