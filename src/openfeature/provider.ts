import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
  StandardResolutionReasons,
} from '@openfeature/server-sdk'
import type { Agent } from '../agent/index.ts'
import type { KnobValue } from '../model/knob.ts'

/** The part of an agent that flags are read from. */
export type FlagSource = Pick<Agent, 'configuration' | 'onChange'>

/**
 * A provider of OpenFeature whose flags are the knobs of an agent: numbers, booleans, strings, and lists as objects. The variant of a flag and
 * its metadata name the version in force, which the agent's client confirms to the optimizer. The context of an evaluation changes nothing,
 * because a trial compares instances, not users. Shutting down OpenFeature leaves the agent connected.
 */
export class OptimizerProvider implements Provider {
  readonly metadata = { name: 'performance-optimizer' }
  readonly runsOn = 'server'
  readonly events = new OpenFeatureEventEmitter()
  readonly #source: FlagSource
  readonly #stop: () => void

  /** @param source the agent, as `connectAgent` returns it */
  constructor(source: FlagSource) {
    this.#source = source
    this.#stop = source.onChange(({ version }, flagsChanged) => {
      if (flagsChanged.length > 0)
        this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: [...flagsChanged], metadata: { version } })
    })
  }

  async onClose(): Promise<void> {
    this.#stop()
  }

  resolveBooleanEvaluation(flag: string, otherwise: boolean, _context: EvaluationContext): Promise<ResolutionDetails<boolean>> {
    return this.#resolve(flag, otherwise, 'a boolean', (value) => typeof value === 'boolean')
  }

  resolveStringEvaluation(flag: string, otherwise: string, _context: EvaluationContext): Promise<ResolutionDetails<string>> {
    return this.#resolve(flag, otherwise, 'a string', (value) => typeof value === 'string')
  }

  resolveNumberEvaluation(flag: string, otherwise: number, _context: EvaluationContext): Promise<ResolutionDetails<number>> {
    return this.#resolve(flag, otherwise, 'a number', (value) => typeof value === 'number')
  }

  resolveObjectEvaluation<T extends JsonValue>(
    flag: string,
    otherwise: T,
    _context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    return this.#resolve(flag, otherwise, 'a list', Array.isArray)
  }

  async #resolve<T>(
    flag: string,
    otherwise: T,
    wanted: string,
    isWanted: (value: KnobValue) => boolean,
  ): Promise<ResolutionDetails<T>> {
    const { version, values } = this.#source.configuration
    const fail = (errorCode: ErrorCode, errorMessage: string) => {
      return { value: otherwise, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage }
    }
    const value = Object.hasOwn(values, flag) ? values[flag] : undefined
    if (value === undefined) return fail(ErrorCode.FLAG_NOT_FOUND, `The agent declares no knob ${flag}.`)
    if (!isWanted(value)) return fail(ErrorCode.TYPE_MISMATCH, `The value of the knob ${flag} is not ${wanted}.`)
    const variant = `version ${version}`
    return { value: value as T, variant, reason: StandardResolutionReasons.STATIC, flagMetadata: { version } }
  }
}
