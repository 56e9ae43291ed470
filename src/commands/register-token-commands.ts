import { type Command, Option } from 'commander'
import { roles } from '../model/role.ts'
import { reasonHelp } from './arguments.ts'
import { lazyAction } from './lazy.ts'

/** The subcommands about tokens of the HTTP API. */
export function registerTokenCommands(program: Command): void {
  const tokens = program.command('tokens').description('create, list and revoke tokens for the HTTP API')
  tokens
    .command('list', { isDefault: true })
    .description('list the valid tokens; their secrets are not stored')
    .option('--all', 'include expired and revoked tokens')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./tokens.ts')).showTokens))
  tokens
    .command('create')
    .description('create a token and print it, once')
    .argument('<name>', 'who or what uses the token')
    .addOption(new Option('--role <role>', 'what a person or program may do with the token').choices(roles))
    .option('--agent <agents...>', 'restrict the token to these agents (instead of --role)')
    .option('--all-agents', 'for all agents, for example if a Collector sends their data')
    .option('--expires <time>', 'when it expires, such as 90d or 2027-01-31 (default: never)')
    .option('--unless-any', 'do nothing if a valid token exists')
    .action(lazyAction(async () => (await import('./tokens.ts')).runCreateToken))
  tokens
    .command('revoke')
    .description('revoke a token; the API refuses it within a second')
    .argument('<name>')
    .option('--reason <text>', reasonHelp, '')
    .action(lazyAction(async () => (await import('./tokens.ts')).runRevokeToken))
}
