import { runAgent } from '../runtime/run-agent.ts'
import { strategicOrchestrator } from './work.ts'

await runAgent(strategicOrchestrator)
