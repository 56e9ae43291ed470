/**
 * Whether a pattern of NATS, in which `*` stands for one part and `>` for all that follow, matches a subject, or all or some of the subjects
 * that another pattern matches. A queue group after a space is ignored.
 */
export function matchesSubject(entry: string, subject: string, how: 'all' | 'some' = 'all'): boolean {
  const pattern = entry.split(' ')[0]!.split('.')
  const tokens = subject.split('.')
  for (const [index, token] of tokens.entries()) {
    const wanted = pattern[index]
    if (wanted === undefined) return false
    if (wanted === '>' || (how === 'some' && token === '>')) return true
    if (wanted === '*' ? token === '>' : wanted !== token && !(how === 'some' && token === '*')) return false
  }
  return pattern.length === tokens.length
}
