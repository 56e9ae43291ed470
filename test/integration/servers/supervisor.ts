import { loadConfig } from '../../../src/config/load-config.ts'
import { startServers } from '../../../src/servers/index.ts'

// A supervisor of its own, for tests that kill it: starts the servers, tells where they are, stops them on SIGTERM.
const servers = await startServers(loadConfig(), console.error)
process.stdout.write(`${JSON.stringify(servers)}\n`)
process.once('SIGTERM', () => void servers.stop())
