import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { all } from '../../../bench/all.ts'
import { knobs } from '../../../examples/fleet/market-hunter/knobs.ts'
import { createProgram } from '../../../src/commands/index.ts'
import { knobSchema, validateKnobValues } from '../../../src/model/knob.ts'
import { listRoutes } from '../../support/api.ts'
import { commands, root } from '../../support/documents.ts'

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
const image = readFileSync(join(root, 'Dockerfile'), 'utf8')

/** The `optimizer` command as it is, but doing nothing. */
const optimizer = createProgram()
const tried: Map<string, string>[] = []
const subcommands = optimizer.commands.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]))
for (const command of [optimizer, ...subcommands]) command.exitOverride().configureOutput({ writeErr: () => undefined })
for (const command of subcommands) {
  // `try` takes the values as an option, `set` as its second argument.
  command.action((_, second) => {
    const set = second instanceof Map ? second : second?.set
    if (set) tried.push(set)
  })
}

describe('a command in the documentation', () => {
  test.each(commands)('$document: $command', async ({ command }) => {
    for (const part of command.split(' && ')) await check(words(part))
  })

  test('tries a change within the bounds of the fleet', async () => {
    const bounds = knobs.map((knob) => knobSchema.parse(knob))
    const values = tried.map((set) => Object.fromEntries([...set].map(([name, text]) => [name, Number(text)])))
    expect(values.length).toBeGreaterThan(0)
    expect(values.flatMap((each) => validateKnobValues(bounds, each))).toEqual([])
  })
})

test('docker-compose.yml runs programs of the image', () => {
  const files = [...compose.matchAll(/\[node, \/app\/(\S+)\]/g)].map(([, file]) => file!.replace(/^dist\/(.+)\.js$/, 'src/$1.ts'))
  expect(files).toEqual(['src/worker.ts', 'src/api.ts', 'examples/fleet/main.ts'])
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
})

async function check([program, ...args]: string[]): Promise<void> {
  if (program === 'npm') await checkNpm(args)
  else if (program === 'npx' && args[0] === 'optimizer') await optimizer.parseAsync(args.slice(1), { from: 'user' })
  else if (program === 'npx') checkTool(args)
  else if (program === 'docker') await checkCompose(args)
  else if (program === 'export') expect(args.filter((arg) => !/^[A-Z_]+=\S+$/.test(arg))).toEqual([])
  else checkProgram(program, args)
}

async function checkNpm([verb, ...rest]: string[]): Promise<void> {
  if (verb === 'ci') return
  const script = verb === 'run' ? rest.shift()! : verb!
  expect(Object.keys(scripts)).toContain(script)
  if (script === 'bench') {
    if (rest.length > 0) expect(all.map(({ name }) => name)).toContain(rest[1])
    return
  }
  // The commands after `temporal --` are run by test/integration/docs.
  if (script === 'start') await optimizer.parseAsync(['start', ...rest.slice(1)], { from: 'user' })
  else if (script !== 'temporal') expect(rest).toEqual([])
}

function checkTool([tool, ...args]: string[]): void {
  const paths = args.filter((arg) => /^(src|test|docs)\b/.test(arg))
  expect([`node_modules/.bin/${tool}`, ...paths].filter((path) => !existsSync(join(root, path)))).toEqual([])
}

/** A program of the repository, as it is or built, or the agent of the README, which test/integration/docs runs. */
function checkProgram(program: string | undefined, [file = '']: string[]): void {
  expect(program).toBe('node')
  const source = file.replace(/^dist\/(.+)\.js$/, 'src/$1.ts')
  expect(file === 'agent.ts' || existsSync(join(root, source))).toBe(true)
}

async function checkCompose([first, ...args]: string[]): Promise<void> {
  expect(first).toBe('compose')
  const profile = args[args.indexOf('--profile') + 1]
  if (args.includes('--profile')) expect(compose).toContain(`profiles: [${profile}]`)
  const [verb, service, tool, ...rest] = args
  if (verb !== 'exec' && verb !== 'logs') return expect(args.slice(-2)).toEqual(['up', '--build'])
  expect(compose).toContain(`\n  ${service}:\n`)
  if (verb === 'logs') return expect(tool).toBeUndefined()
  expect(image).toContain(`/usr/local/bin/${tool} `)
  await optimizer.parseAsync(rest, { from: 'user' })
}

/** As a shell would split it, without the variables set in front. */
function words(command: string): string[] {
  const all = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!)
  return all.slice(all.findIndex((word) => !/^[A-Z_]+=/.test(word)))
}

describe('docs/commands.md', () => {
  const document = readFileSync(join(root, 'docs/commands.md'), 'utf8')
  const shapes = [...document.matchAll(/^\| (`.+?`(?:, `.+?`)*) \| (.+) \|$/gm)]

  test('says what each command prints with --json', () => {
    const documented = shapes.flatMap(([, names]) => [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name))
    const printing = subcommands.filter(({ options }) =>
      options.some(({ long, flags }) => long === '--json' && !flags.includes('<')),
    )
    const names = printing.map((command) =>
      command.parent === optimizer ? command.name() : `${command.parent!.name()} ${command.name()}`,
    )
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name) => !documented.includes(name))).toEqual([])
  })

  test('names only routes that exist', () => {
    const routes = new Set(listRoutes().map((route) => route.replace(/\{(\w+)\}/g, ':$1')))
    const named = [...document.matchAll(/`((?:GET|POST) [^`]+)`/g)].map(([, route]) => route!)
    expect(named.filter((route) => !routes.has(route))).toEqual([])
  })
})
