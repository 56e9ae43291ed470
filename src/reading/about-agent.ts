/** Lines of a cycle's result that name an agent. */
export function selectLinesAboutAgent(lines: readonly string[], agentId: string): string[] {
  const isAbout = new RegExp(`(^|[^\\w.-])${RegExp.escape(agentId)}($|[^\\w.-])`)
  return lines.filter((line) => line.includes(agentId) && isAbout.test(line))
}

/** Whether one of these is an agent, one of its instances such as `hunter/1`, or something of it such as `cpuMs of hunter`. */
export const concernsAgent = (components: readonly (string | null)[], agent: string): boolean =>
  components.some((component) => component === agent || component?.startsWith(`${agent}/`) || component?.endsWith(` of ${agent}`))
