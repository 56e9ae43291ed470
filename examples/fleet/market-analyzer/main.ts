import { runAgent } from '../runtime/run-agent.ts'
import { marketAnalyzer } from './work.ts'

await runAgent(marketAnalyzer)
