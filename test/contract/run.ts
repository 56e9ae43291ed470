/**
 * `npm run test:contract -- --examples N --seed S`: Schemathesis, a program in Python, sends the API what its OpenAPI document allows and forbids.
 * Every answer must be documented and as its schema says, and none may be an error of the server.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installPackages } from '../support/python.ts'
import { startSharedResources } from '../support/servers.ts'
import { share } from '../support/shared.ts'
import { System } from '../support/system.ts'
import { tryChange } from '../support/trials.ts'

const { values } = parseArgs({
  options: { examples: { type: 'string', default: '25' }, seed: { type: 'string', default: String(Date.now() % 100_000) } },
})
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
]
/** A stream never ends, and Schemathesis writes no NDJSON. */
const excluded = ['/api/events', '/agents/{agentId}/instances/{instanceId}/records']

/** Ids that exist, so that answers other than 404 are seen; commands get invented ones. */
const describeKnown = (known: Record<string, string>) =>
  Object.entries(known)
    .map(([path, id]) => `[[operations]]\ninclude-path-regex = '${path}'\nparameters = { id = "${id}" }\n`)
    .join('\n')

const python = await installPackages(new URL('.', import.meta.url))
const { resources, stop } = await startSharedResources()
share(resources)
const system = await System.start()
try {
  system.startWorker()
  await system.startAgent('hunter', 2)
  const { trialId } = await tryChange(system, 'hunter', { padding: 5 })
  const configuration = join(system.dataDir, 'schemathesis.toml')
  const known = {
    '^/api/agents/[^/]+(/(?!forget).*)?$': 'hunter',
    '^/api/(trials|explanations)/[^/]+(/series)?$': trialId,
    '^/docs/': 'api.md',
  }
  writeFileSync(configuration, describeKnown(known))
  const options = [
    ...['--checks', checks.join(',')],
    ...excluded.flatMap((path) => ['--exclude-path', path]),
    ...['--max-examples', values.examples, '--seed', values.seed],
    ...['--request-timeout', '60', '--no-color'],
  ]
  const program = 'from schemathesis.cli import schemathesis; schemathesis()'
  const run = spawn(
    'python3',
    ['-c', program, '--config-file', configuration, 'run', `${system.apiUrl}/openapi.json`, ...options],
    {
      env: { ...process.env, PYTHONPATH: python },
      stdio: 'inherit',
    },
  )
  const [code] = await once(run, 'close')
  process.exitCode = code ?? 1
} finally {
  await system.stop()
  await stop()
}
process.exit()
