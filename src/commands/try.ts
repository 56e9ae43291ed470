import { Command, InvalidArgumentError } from 'commander'
import { OptimizerError } from '../model/errors.ts'
import { formatImprovement } from '../model/improvement.ts'
import type { Knob, KnobValue, KnobValues } from '../model/knob.ts'
import { knobsOf } from '../store/agents.ts'
import { strategy as readStrategy } from '../store/strategies.ts'
import { connected } from './connected.ts'
import { person } from './person.ts'

export const tryCommand = new Command('try')
  .description('try a change of your own under the same judge: kept if proven, put back if not')
  .argument('<agent>')
  .requiredOption('--set <knob=value...>', 'the knobs to set; an order is written a,b,c', assignment)
  .option('--no-wait', 'return at once')
  .option('--json', 'print JSON')
  .action(async (agentId: string, { set, wait, json }: { set: Map<string, string>; wait: boolean; json?: boolean }) => {
    await connected(async (client) => {
      const knobs = await knobsOf(client.db, agentId)
      if (knobs.length === 0)
        throw new OptimizerError('unknown-agent', `There is no agent ${agentId}; npx optimizer status lists them.`)
      const values = parseValues(knobs, set)
      const trial = await client.tryChange(agentId, values, person())
      if (!wait) return console.log(json ? JSON.stringify({ workflowId: trial.workflowId }) : `Started ${trial.workflowId}.`)
      const outcome = await trial.result()
      if (outcome.verdict === 'not-started') process.exitCode = 1
      if (json) return console.log(JSON.stringify(outcome, null, 2))
      const metric = (await readStrategy(client.db, outcome.trialId))?.targetMetric ?? 'responseTime'
      console.log(
        `${outcome.trialId}: ${outcome.verdict}, ${metric} ${formatImprovement(metric, outcome.improvement, outcome.interval)}\n${outcome.reason}`,
      )
    })
  })

function assignment(text: string, previous: Map<string, string> = new Map()): Map<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It takes knob=value.')
  return previous.set(text.slice(0, at), text.slice(at + 1))
}

/** Text to the knob's type; whether the value is within bounds is the optimizer's to say. */
function parseValues(knobs: readonly Knob[], set: Map<string, string>): KnobValues {
  return Object.fromEntries(
    [...set].map(([name, text]) => {
      const knob = knobs.find((candidate) => candidate.name === name)
      if (!knob)
        throw new OptimizerError('unknown-knob', `There is no knob ${name}; known are ${knobs.map((k) => k.name).join(', ')}.`)
      return [name, parseValue(knob, text)]
    }),
  )
}

function parseValue(knob: Knob, text: string): KnobValue {
  switch (knob.type) {
    case 'int':
    case 'float':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'order':
      return text.split(',')
    case 'enum':
      return text
  }
}
