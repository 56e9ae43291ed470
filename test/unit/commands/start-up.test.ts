import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../support/documents.ts'

/** Makes a program write to stderr, as JSON, the URL of every module that it loads. */
const reporter = `
import { registerHooks } from 'node:module'
const urls = []
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    urls.push(found.url)
    return found
  },
})
process.on('exit', () => process.stderr.write(JSON.stringify(urls)))`

/** The output of the command, and the packages that it loads. */
function run(...args: string[]): { printed: string; packages: string[] } {
  const hook = `data:text/javascript,${encodeURIComponent(reporter)}`
  const program = ['--import', hook, join(root, 'bin/optimizer.js'), ...args]
  const { stdout, stderr } = spawnSync(process.execPath, program, { encoding: 'utf8' })
  const urls = JSON.parse(stderr) as string[]
  const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [])
  return { printed: stdout, packages: [...new Set(packages)] }
}

test.each([[['--help']], [['status', '--help']], [['help', 'start']]])('%s loads nothing but the parser of commands', (args) => {
  const { printed, packages } = run(...args)
  expect(printed).toContain('Usage: optimizer')
  expect(packages).toEqual(['commander'])
})
