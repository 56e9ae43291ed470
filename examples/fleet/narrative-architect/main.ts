import { runAgent } from '../runtime/run-agent.ts'
import { narrativeArchitect } from './work.ts'

await runAgent(narrativeArchitect)
