import type { Command } from 'commander'
import { lazyAction } from './lazy.ts'

/** The subcommand for people who keep settings in git. */
export function registerExportCommand(program: Command): void {
  program
    .command('export')
    .description(
      'print the settings in force as JSON, for a file in git; or how they differ from such a file, or from the initial settings',
    )
    .argument('[agent]', 'only the settings of this agent')
    .option('--patch <file>', 'instead, print the patch that brings this file up to date; empty if nothing differs')
    .option('--markdown', 'instead, print what has changed since the start and why, as Markdown for a pull request')
    .option('--json', 'print everything as JSON: versions, values and changes')
    .action(lazyAction(async () => (await import('./export.ts')).exportSettings))
}
