import { Argument, type Command } from 'commander'
import { lazyAction } from './lazy.ts'

/** The subcommands that help with using the others. */
export function registerHelperCommands(program: Command): void {
  program
    .command('doctor')
    .description('check every connection, version, permission and clock, and say how to fix what is wrong')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./doctor.ts')).runDoctor))
  program
    .command('mcp')
    .description(
      'serve the Model Context Protocol on standard input and output, for assistants; OPTIMIZER_API_TOKEN is the token',
    )
    .option('--url <address>', 'the API to use (default: that of the optimizer running here)')
    .action(lazyAction(async () => (await import('./mcp.ts')).serveMcp))
  program
    .command('completion')
    .description('print a shell completion script; load it with: source <(npx optimizer completion bash)')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(lazyAction(async () => async (shell: string) => (await import('./completion.ts')).printCompletion(program, shell)))
}
