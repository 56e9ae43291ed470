const given = new Set<string>()

/** Warns the agent's operator once per subject, through Node's process warnings (stderr unless handled). */
export function warnOnce(subject: string, message: string): void {
  if (given.has(subject)) return
  given.add(subject)
  process.emitWarning(message, 'OptimizerAgentWarning')
}
