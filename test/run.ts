/** `npm test`: the whole suite (or the files named), closing with one line that counts it. */
import { startVitest } from 'vitest/node'

const vitest = await startVitest('test', process.argv.slice(2), { run: true, watch: false })
await vitest.close()
const modules = vitest.state.getTestModules()
const tests = modules.flatMap((module) => [...module.children.allTests()])
const states = tests.map((test) => test.result().state)
const count = (state: (typeof states)[number]) => states.filter((each) => each === state).length
// A failed hook skips the tests of its suite.
const brokenSuites = modules
  .flatMap((module) => [module, ...module.children.allSuites()])
  .filter((suite) => suite.errors().length > 0)
const failed = count('failed') + brokenSuites.length + vitest.state.getUnhandledErrors().length
for (const test of tests.filter((each) => each.diagnostic()?.flaky))
  console.log(`Passed only when it was run again: ${test.fullName}\n  ${test.result().errors?.[0]?.stack ?? ''}`)
const notes = tests.map((test) => test.result()).map((result) => (result.state === 'skipped' ? result.note : undefined))
for (const note of new Set(notes)) if (note) console.log(note)
console.log(`${count('passed')} passed, ${failed} failed`)
process.exit(failed > 0 || count('passed') === 0 ? 1 : 0)
