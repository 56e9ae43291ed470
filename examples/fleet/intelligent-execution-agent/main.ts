import { runAgent } from '../runtime/run-agent.ts'
import { intelligentExecutionAgent } from './work.ts'

await runAgent(intelligentExecutionAgent)
