import { Argument, type Command } from 'commander'
import { lazy } from './lazy.ts'

/** The subcommands that help to use the others. */
export function addHelpers(program: Command): void {
  program
    .command('doctor')
    .description('check every connection, version, permission and clock, and say what to do about what is wrong')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./doctor.ts')).doctor))
  program
    .command('completion')
    .description('print a script that completes commands and options; load it with: source <(npx optimizer completion bash)')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(lazy(async () => async (shell: string) => (await import('./completion.ts')).printCompletion(program, shell)))
}
