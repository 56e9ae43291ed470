import { inject, type ProvidedContext } from 'vitest'

/** The servers, programs and files that all test files of a run share. */
export type SharedResources = ProvidedContext

let resources: SharedResources | undefined

/** One of them, as the run of tests provides it. */
export function shared<Name extends keyof SharedResources>(name: Name): SharedResources[Name] {
  return resources ? resources[name] : inject(name)
}

/** For programs that run without vitest. */
export function share(started: SharedResources): void {
  resources = started
}
