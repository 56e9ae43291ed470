import { runAgent } from '../runtime/run-agent.ts'
import { researchAssistant } from './work.ts'

await runAgent(researchAssistant)
