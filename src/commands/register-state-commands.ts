import type { Command } from 'commander'
import { parseLimit } from './arguments.ts'
import { addFilterOptions } from './filter-options.ts'
import { lazyAction } from './lazy.ts'

/** Commands that show what the optimizer knows now: `status`, `metrics`, `bottlenecks` and `explain`. */
export function registerStateCommands(program: Command): void {
  program
    .command('status')
    .description('show the policy, agents, running trials, pending approvals, latest results and alerts')
    .option('--agent <agent>', 'show only this agent')
    .option('--json', 'print JSON')
    .option('--watch', 'refresh every two seconds until Ctrl-C')
    .action(lazyAction(async () => (await import('./status.ts')).showStatus))
  program
    .command('metrics')
    .description('show the current metrics of every agent with their trend, source and age, also by instance')
    .argument('[agent]', 'only this agent, with forecasts of its metrics')
    .option('--limit <n>', 'maximum number of agents to show (default: 100)', parseLimit)
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./metrics.ts')).showMetrics))
  const bottlenecks = program
    .command('bottlenecks')
    .description('show the bottlenecks that cycles found, newest first, and what the latest cycle recommends')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./metrics.ts')).showBottlenecks))
  addFilterOptions(bottlenecks, 'bottlenecks')
  program
    .command('explain')
    .description('explain a trial, strategy or agent: what was seen, tried, measured and decided, and how to undo it')
    .argument('<trial|strategy|agent>')
    .option('--json', 'print JSON')
    .option('--watch', 'refresh every two seconds until Ctrl-C')
    .action(lazyAction(async () => (await import('./explain.ts')).showExplanation))
}
