/** An agent that ends when it is asked to restart, and says what it runs with. Its parent starts it again. */
import { connectAgent } from '../../src/agent/index.ts'
import { pauseKnob } from './restarting-instance.ts'

const { AGENT_ID = '' } = process.env
const agent = await connectAgent({
  agentId: AGENT_ID,
  kind: 'exiting',
  instanceId: `${AGENT_ID}-1`,
  knobs: [pauseKnob],
  heartbeatMs: 100,
  onRestartRequested: 'exit',
})
process.send?.(agent.configuration)
