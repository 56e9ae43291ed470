import { runAgent } from '../runtime/run-agent.ts'
import { marketHunter } from './work.ts'

await runAgent(marketHunter)
