import type { Command } from 'commander'
import { reasonHelp } from './arguments.ts'
import { lazy } from './lazy.ts'

/** The subcommand that undoes changes. */
export function addUndo(program: Command): void {
  program
    .command('undo')
    .description(
      'show what undoing a trial, the changes of an agent or those of the whole fleet would put back, and do it with --yes',
    )
    .argument('[trial]', 'the trial whose change is undone')
    .option('--agent <agent>', 'instead: the changes of this agent, by default the latest one')
    .option('--all', 'instead: the changes of all agents since --to')
    .option('--to <version|time>', 'a version such as 3, or a time such as 2026-11-21T11:00')
    .option('--yes', 'do it')
    .option('--reason <text>', reasonHelp, '')
    .option('--no-wait', 'with --yes: return immediately')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./undo.ts')).undoChanges))
}
