interface ShownAddresses {
  temporal: string
  temporalUi: string | null
  api: string
  /** URLs of the instances by agent. */
  agents: Record<string, string[]>
}

/** The addresses of everything that was started, for the terminal. */
export function formatAddresses({ temporal, temporalUi, api, agents }: ShownAddresses): string {
  return [
    '',
    `  Dashboard    ${api}`,
    `  Temporal UI  ${temporalUi ?? `see the Temporal server at ${temporal}`}`,
    `  API          ${api}/openapi.json`,
    `  Your agents  OPTIMIZER_URL=${api}`,
    ...Object.entries(agents).map(([agent, urls]) => `  ${agent}  ${urls.join(' ')}`),
    '',
  ].join('\n')
}
