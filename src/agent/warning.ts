const given = new Set<string>()

/** Tells the agent's operator once, however often it happens, through Node's own warnings (stderr unless handled). */
export function warnOnce(subject: string, message: string): void {
  if (given.has(subject)) return
  given.add(subject)
  process.emitWarning(message, 'OptimizerAgentWarning')
}
