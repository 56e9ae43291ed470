/** Lines of a cycle's result that name an agent. */
export function selectLinesAbout(lines: readonly string[], agentId: string): string[] {
  const isAbout = new RegExp(`(^|[^\\w.-])${RegExp.escape(agentId)}($|[^\\w.-])`)
  return lines.filter((line) => line.includes(agentId) && isAbout.test(line))
}
