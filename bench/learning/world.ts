/** A generated world: kinds of agents whose settings affect their metrics along surfaces that the optimizer does not know. */
import { type Knob, type KnobInput, type KnobValues, knobSchema } from '../../src/model/knob.ts'
import type { Random } from '../../test/unit/judging/random.ts'

/** How one knob affects an agent of a kind. */
interface Lever {
  knob: Knob
  /** Its best position, 0–1 between its bounds. */
  best: number
  /** The cost at the far end: log of the time, logits of the success rate. */
  slower: number
  failing: number
}

export interface SimulatedKind {
  name: string
  levers: Lever[]
  /** With everything at its best: median time in ms, and the logit of the success rate. */
  medianMs: number
  logit: number
}

/** One agent: its kind's levers, each slightly displaced. */
export interface SimulatedAgent {
  agentId: string
  kind: SimulatedKind
  levers: Lever[]
  /** Relative to the kind's. */
  slowness: number
  values: KnobValues
}

export interface TrueFigures {
  medianMs: number
  successRate: number
}

const purposes = [
  'parallelism',
  'caching',
  'computation',
  'error-handling',
  'confidence',
  'decision',
  'message-overhead',
] as const

export function generateKind(name: string, dice: Random): SimulatedKind {
  const levers = Array.from({ length: 9 }, (_, index) => generateLever(index, dice))
  return { name, levers, medianMs: 700 + 700 * dice.uniform(), logit: 1.4 + 1.2 * dice.uniform() }
}

/** Most knobs affect one metric, some both in opposite directions; one in five declarations gives no direction. */
function generateLever(index: number, dice: Random): Lever {
  const best = 0.25 + 0.6 * dice.uniform()
  const upside = dice.uniform() < 0.5
  const onTime = index % 3 !== 2
  const strength = dice.exponential()
  const improves: 'unknown' | 'increase' | 'decrease' = dice.uniform() < 0.2 ? 'unknown' : upside ? 'increase' : 'decrease'
  const common = {
    name: `knob${index}`,
    purpose: purposes[index % purposes.length]!,
    affects: [{ metric: onTime ? ('responseTime' as const) : ('successRate' as const), improves }],
  } satisfies Partial<KnobInput>
  const input: KnobInput =
    index % 4 === 3
      ? { ...common, type: 'bool', default: !upside }
      : index % 2
        ? { ...common, type: 'int', min: 1, max: 1000, scale: 'log', default: upside ? 2 : 500 }
        : { ...common, type: 'float', min: 0, max: 1, default: upside ? 0.05 : 0.95 }
  const placed = index % 4 === 3 ? Number(upside) : upside ? best : 1 - best
  const side = dice.uniform() < 0.3 ? 0.3 * strength : 0
  return {
    knob: knobSchema.parse(input),
    best: placed,
    slower: onTime ? 0.5 * strength : 0.1 * side,
    failing: onTime ? side : 0.8 * strength,
  }
}

export function generateAgent(kind: SimulatedKind, agentId: string, dice: Random): SimulatedAgent {
  const levers = kind.levers.map((lever) => ({
    ...lever,
    best: lever.knob.type === 'bool' ? lever.best : Math.min(1, Math.max(0, lever.best + 0.08 * dice.normal())),
    slower: lever.slower * Math.exp(0.25 * dice.normal()),
    failing: lever.failing * Math.exp(0.25 * dice.normal()),
  }))
  const values = Object.fromEntries(kind.levers.map(({ knob }) => [knob.name, knob.default]))
  return { agentId, kind, levers, slowness: Math.exp(0.15 * dice.normal()), values }
}

/** The same agent under another workload: the optimum of some of its knobs has moved, and everything takes longer. */
export function shifted(agent: SimulatedAgent, dice: Random): SimulatedAgent {
  const levers = agent.levers.map((lever) => {
    const opposite = lever.knob.type === 'bool' ? 1 - lever.best : (lever.best + 0.5) % 1
    return dice.uniform() < 0.5 ? { ...lever, best: opposite } : lever
  })
  return { ...agent, levers, slowness: agent.slowness * 1.5 }
}

/** The figures of an agent with these values, without noise. */
export function figures(agent: SimulatedAgent, values: KnobValues): TrueFigures {
  const off = (lever: Lever) => (place(lever.knob, values) - lever.best) ** 2
  const slower = agent.levers.reduce((sum, lever) => sum + lever.slower * off(lever), 0)
  const failing = agent.levers.reduce((sum, lever) => sum + lever.failing * off(lever), 0)
  return {
    medianMs: agent.kind.medianMs * agent.slowness * Math.exp(slower),
    successRate: 1 / (1 + Math.exp(failing - agent.kind.logit)),
  }
}

function place(knob: Knob, values: KnobValues): number {
  const value = Number(values[knob.name])
  if (knob.type !== 'int' && knob.type !== 'float') return value
  const [at, min, max] =
    knob.scale === 'log' ? [Math.log(value), Math.log(knob.min), Math.log(knob.max)] : [value, knob.min, knob.max]
  return (at - min) / (max - min)
}
