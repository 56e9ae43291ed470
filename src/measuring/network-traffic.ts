/**
 * Bytes received and sent by all interfaces except loopback, from Linux's `/proc/net/dev`: two header lines, then lines of
 * `interface: received bytes, 7 more, sent bytes, …`.
 */
export function parseTotalBytes(procNetDev: string): number {
  return procNetDev
    .split('\n')
    .slice(2)
    .map((line) => line.trim().split(/[:\s]+/))
    .filter(([name]) => name && name !== 'lo')
    .reduce((sum, fields) => sum + Number(fields[1]) + Number(fields[9]), 0)
}
