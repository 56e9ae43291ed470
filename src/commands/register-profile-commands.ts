import { type Command, Option } from 'commander'
import { commandLineReason, parseLimit, parseProfileId, parseProfileSeconds, reasonHelp } from './arguments.ts'
import { createSinceOption } from './filter-options.ts'
import { lazyAction } from './lazy.ts'

/** The command `optimizer profile` with its subcommands. */
export function registerProfileCommands(program: Command): void {
  const profile = program.command('profile').description('take, show, compare and export performance profiles')
  profile
    .command('take')
    .description('profile an agent, the worker or workflows, and describe the hotspots')
    .argument('[agent]', 'the agent; during a trial one instance of each arm is profiled')
    .option('--instance <id>', 'only this instance of the agent')
    .option('--worker', "the optimizer's worker instead")
    .option(
      '--workflows [type]',
      "show where workflows spend their time instead: all of the optimizer's workflow types, or only this one",
    )
    .option('--heap', 'profile memory allocations instead of CPU time')
    .option('--seconds <n>', 'duration of the profile', parseProfileSeconds, 10)
    .option('--reason <text>', reasonHelp, commandLineReason)
    .option('--no-wait', 'return immediately')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./profile.ts')).runTakeProfile))
  profile
    .command('list')
    .description('list the profiles, newest first')
    .argument('[target]', 'only profiles of this agent, optimizer:worker, or a workflow type such as workflow:trial')
    .addOption(createSinceOption())
    .option('--limit <n>', 'maximum number of profiles to list', parseLimit)
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./profile.ts')).showProfiles))
  profile
    .command('show')
    .description('describe a profile: its hotspots, and what changed compared with the previous one and the other arm')
    .argument('<profile>', 'the number of a profile', parseProfileId)
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./profile.ts')).showProfile))
  profile
    .command('compare')
    .description('compare two profiles, such as before and after a trial: the functions whose share changed most')
    .argument('<before>', 'the number of the earlier profile', parseProfileId)
    .argument('<after>', 'the number of the later profile', parseProfileId)
    .option('--json', 'print the difference flame graph as JSON')
    .action(lazyAction(async () => (await import('./profile.ts')).compareProfiles))
  profile
    .command('export')
    .description('write a profile to a file for go tool pprof or speedscope')
    .argument('<profile>', 'the number of a profile', parseProfileId)
    .addOption(new Option('--format <format>', 'the format of the file').choices(['pprof', 'speedscope']).default('pprof'))
    .option('--output <file>', 'the file (default: named after the profile)')
    .action(lazyAction(async () => (await import('./profile.ts')).exportProfile))
}
