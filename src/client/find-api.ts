import type { Config } from '../config/config.ts'
import { toLocalUrl } from '../model/local-url.ts'
import { type Addresses, readAddresses } from '../servers/addresses.ts'

/** The addresses of what `npm start` runs on the data folder; undefined if nothing runs there. */
export function findRunningAddresses({ dataDir }: Config): Addresses | undefined {
  try {
    return readAddresses(dataDir)
  } catch {
    return undefined
  }
}

/** The address of the API: of the optimizer that runs on the data folder, otherwise the configured one. */
export function findApiUrl(config: Config): string {
  return findRunningAddresses(config)?.api ?? toLocalUrl(config.apiHost, config.ports.api)
}
