import type { ConfigurationInForce, Delivery } from '../messaging/protocol.ts'
import { getDefaultValues, isSameValue, type Knob, type KnobValues, validateKnobValues } from '../model/knob.ts'
import { findRestartKnobs } from '../model/restart.ts'
import { toCleanText } from '../model/text.ts'

/** Called with all values and those that changed. Throwing refuses the version; the old values stay in force. */
export type ApplyHandler = (values: KnobValues, changed: KnobValues) => void | Promise<void>

/** Called after another version came into force, with the names of the knobs whose values changed; often none. */
export type ChangeListener = (inForce: ConfigurationInForce, changed: readonly string[]) => void

/** `needs-restart`: nothing is applied, because one of the changed knobs takes effect only on a restart. */
export type ApplyOutcome =
  | { status: 'applied' }
  | { status: 'refused'; reason: string }
  | { status: 'needs-restart'; reason: string }

/** The configuration in force in this instance; always valid, frozen, and replaced as a whole. */
export class AppliedConfiguration {
  readonly #knobs: readonly Knob[]
  readonly #apply: ApplyHandler | undefined
  readonly #defaults: KnobValues
  #current: ConfigurationInForce
  #last: Promise<unknown> = Promise.resolve()
  #hasStarted = false
  readonly #listeners = new Set<ChangeListener>()

  constructor(knobs: readonly Knob[], apply?: ApplyHandler) {
    this.#knobs = knobs
    this.#apply = apply
    this.#defaults = getDefaultValues(knobs)
    this.#current = frozen({ version: 1, values: this.#defaults })
  }

  get current(): ConfigurationInForce {
    return this.#current
  }

  /** @returns a function that ends it */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** From now on, knobs that take effect only on a restart keep their values. */
  endStart(): void {
    this.#hasStarted = true
  }

  /**
   * Applies deliveries one at a time. Values already in force are not applied again; a delivery that is no longer
   * `wanted` when its turn comes, because another overtook it, is refused.
   */
  deliver(delivery: Delivery, wanted: (inForce: ConfigurationInForce) => boolean = () => true): Promise<ApplyOutcome> {
    const outcome = this.#last.then(() =>
      wanted(this.#current)
        ? this.#take(delivery)
        : ({ status: 'refused', reason: `version ${this.#current.version} is already in force` } as const),
    )
    this.#last = outcome.catch(() => undefined)
    return outcome
  }

  async #take({ version, values: delivered }: Delivery): Promise<ApplyOutcome> {
    const refused = validateKnobValues(this.#knobs, delivered)
    if (refused.length > 0) return { status: 'refused', reason: toCleanText(refused.join('; ')) }
    const next = frozen({ version, values: { ...this.#defaults, ...delivered } })
    const changed = difference(this.#current.values, next.values)
    const late = this.#hasStarted ? findRestartKnobs(this.#knobs, this.#current.values, next.values) : []
    if (late.length > 0) return { status: 'needs-restart', reason: `${late.join(', ')} takes effect only on a restart` }
    try {
      if (Object.keys(changed).length > 0) await this.#apply?.(next.values, changed)
    } catch (error) {
      const reason = `the agent could not apply it: ${error instanceof Error ? error.message : error}`
      return { status: 'refused', reason: toCleanText(reason) }
    }
    const isNew = this.#current.version !== version
    this.#current = next
    if (isNew) for (const listener of this.#listeners) listener(next, Object.keys(changed))
    return { status: 'applied' }
  }
}

function difference(before: KnobValues, after: KnobValues): KnobValues {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => !isSameValue(before[name], value)))
}

function frozen(configuration: ConfigurationInForce): ConfigurationInForce {
  const { version, values } = structuredClone(configuration)
  for (const value of Object.values(values)) Object.freeze(value)
  return Object.freeze({ version, values: Object.freeze(values) })
}
