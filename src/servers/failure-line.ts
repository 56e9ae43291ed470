/** The words of the operating system and of PostgreSQL for a full disk. */
export const mentionsFullDisk = (text: string) => /no space left on device|wrote only \d+ of \d+ bytes/i.test(text)

/** The line of a log that says why a program failed: that the disk is full, which explains all others, the last failure, or else the last line. */
export function extractFailureLine(log: string): string {
  const lines = log.trim().split('\n')
  const failure = lines.findLast(mentionsFullDisk) ?? lines.findLast((line) => /fatal|panic|error/i.test(line))
  return (failure ?? lines.at(-1) ?? '').trim()
}
