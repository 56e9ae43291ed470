import { type Command, Option } from 'commander'
import { parseLimit, parseProfileId, parseProfileSeconds } from './arguments.ts'
import { sinceOption } from './filter-options.ts'
import { lazy } from './lazy.ts'

/** The command `optimizer profile` with its subcommands. */
export function addProfile(program: Command): void {
  const profile = program.command('profile').description('take performance profiles, show them, compare and export them')
  profile
    .command('take')
    .description('profile an agent, the worker or workflows, and show what took most, in words')
    .argument('[agent]', 'the agent; during a trial one instance of each arm is profiled')
    .option('--instance <id>', 'only this instance of the agent')
    .option('--worker', 'instead: the worker of the optimizer')
    .option('--workflows [type]', 'instead: where the time of workflows goes, of all types of the optimizer or of this one')
    .option('--heap', 'profile the memory allocated in place of CPU time')
    .option('--seconds <n>', 'how long is profiled', parseProfileSeconds, 10)
    .option('--reason <text>', 'reason for the record', 'from the command line')
    .option('--no-wait', 'return immediately')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./profile.ts')).take))
  profile
    .command('list')
    .description('list the profiles, newest first')
    .argument('[target]', 'only those of this agent, optimizer:worker, or a type of workflows such as workflow:trial')
    .addOption(sinceOption())
    .option('--limit <n>', 'how many profiles are listed', parseLimit)
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./profile.ts')).showProfiles))
  profile
    .command('show')
    .description('show a profile in words: what took most, and what changed against the previous one and the other arm')
    .argument('<profile>', 'the number of a profile', parseProfileId)
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./profile.ts')).showProfile))
  profile
    .command('compare')
    .description('compare two profiles, such as before and after a trial: the functions whose share changed most')
    .argument('<before>', 'the number of the earlier profile', parseProfileId)
    .argument('<after>', 'the number of the later profile', parseProfileId)
    .option('--json', 'print JSON: the difference flame graph')
    .action(lazy(async () => (await import('./profile.ts')).compare))
  profile
    .command('export')
    .description('write a profile to a file that go tool pprof or speedscope opens')
    .argument('<profile>', 'the number of a profile', parseProfileId)
    .addOption(new Option('--format <format>', 'the format of the file').choices(['pprof', 'speedscope']).default('pprof'))
    .option('--output <file>', 'the file; by default named after the profile')
    .action(lazy(async () => (await import('./profile.ts')).exportProfile))
}
