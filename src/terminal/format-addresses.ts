interface ShownAddresses {
  temporal: string
  temporalUi: string | null
  api: string
  /** URLs of the instances by agent. */
  agents: Record<string, string[]>
}

/** Where everything is, for a person at a terminal. */
export function formatAddresses({ temporal, temporalUi, api, agents }: ShownAddresses): string {
  return [
    '',
    `  Temporal UI  ${temporalUi ?? `beside ${temporal}`}`,
    `  API          ${api}`,
    ...Object.entries(agents).map(([agent, urls]) => `  ${agent}  ${urls.join(' ')}`),
    '',
  ].join('\n')
}
