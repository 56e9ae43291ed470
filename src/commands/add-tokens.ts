import { type Command, Option } from 'commander'
import { roles } from '../model/role.ts'
import { lazy } from './lazy.ts'

/** The subcommands about tokens of the HTTP API. */
export function addTokens(program: Command): void {
  const tokens = program.command('tokens').description('create, list and revoke tokens for the HTTP API')
  tokens
    .command('list', { isDefault: true })
    .description('list the tokens in force; their secrets are not stored')
    .option('--all', 'also those that have expired or were revoked')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./tokens.ts')).showTokens))
  tokens
    .command('create')
    .description('create a token and print it, once')
    .argument('<name>', 'who or what uses it')
    .addOption(new Option('--role <role>', 'what a person or program may do with it').choices(roles))
    .option('--agent <agents...>', 'instead: the agents that may report with it, and nobody else')
    .option('--expires <time>', 'when it expires, such as 90d or 2027-01-31; by default never')
    .option('--unless-any', 'do nothing if there is a token in force already')
    .action(lazy(async () => (await import('./tokens.ts')).create))
  tokens
    .command('revoke')
    .description('revoke a token; the API refuses it within a second')
    .argument('<name>')
    .option('--reason <text>', 'reason for the audit', '')
    .action(lazy(async () => (await import('./tokens.ts')).revoke))
}
