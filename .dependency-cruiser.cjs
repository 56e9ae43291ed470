/** Who may import whom: down this list, never up (CONTRIBUTING, *The map*). */
const layer = (from, to, comment) => ({
  name: `${from}-imports`,
  comment,
  severity: 'error',
  from: { path: ['config', 'limits'].includes(from) ? `^src/${from}\\.ts$` : `^src/${from}/` },
  to: { path: '^src/', pathNot: `^src/(${[from, ...to].join('|')})(/|\\.ts$)` },
})

/** The same within `src/analysis`: which part may use which. */
const part = (from, to) => ({
  name: `analysis-${from}-imports`,
  severity: 'error',
  from: { path: `^src/analysis/${from}/` },
  to: { path: '^src/analysis/', pathNot: `^src/analysis/(${[from, ...to].join('|')})/` },
})

module.exports = {
  forbidden: [
    layer('model', [], 'The vocabulary imports nothing of the others.'),
    layer('analysis', ['model'], 'Pure logic: no I/O, no Temporal.'),
    layer('contract', ['model'], 'What workflows, activities and clients share.'),
    layer('messaging', ['model']),
    layer('agent', ['model', 'messaging'], 'What an agent embeds stays light.'),
    layer('config', ['model']),
    layer('limits', ['model', 'config']),
    layer('store', ['model', 'messaging']),
    layer('temporal', ['model', 'contract', 'config']),
    layer('servers', ['model', 'config', 'messaging', 'temporal']),
    layer('sources', ['model', 'analysis', 'store']),
    layer('actuators', ['model', 'messaging', 'store']),
    layer('workflows', ['model', 'analysis', 'contract'], 'Orchestration only; runs in Temporal’s sandbox.'),
    layer('activities', [
      'model',
      'analysis',
      'contract',
      'messaging',
      'config',
      'limits',
      'store',
      'temporal',
      'reading',
      'sources',
      'actuators',
    ]),
    layer('reading', ['model', 'analysis', 'contract', 'config', 'limits', 'store', 'temporal'], 'The read model that everybody shows.'),
    layer('client', ['model', 'contract', 'config', 'store', 'temporal', 'servers', 'reading']),
    layer('api', ['model', 'messaging', 'config', 'store', 'temporal', 'reading', 'client']),
    layer('terminal', ['model', 'analysis', 'contract', 'reading', 'client'], 'Everything that prints.'),

    part('statistics', []),
    part('observing', ['statistics']),
    part('judging', ['statistics']),
    part('tuning', ['statistics']),
    part('policy', ['statistics']),
    part('trials', ['statistics', 'judging']),
    part('eligibility', ['statistics', 'policy', 'observing']),
    part('planning', ['statistics', 'policy', 'observing', 'tuning', 'trials', 'eligibility']),
    part('reporting', ['statistics', 'policy', 'observing', 'judging', 'trials', 'eligibility', 'planning']),
    {
      name: 'pure-analysis',
      severity: 'error',
      from: { path: '^src/(analysis|model)/' },
      to: { path: '@temporalio|^node:|node_modules/(pg|kysely|hono)/' },
    },
    {
      name: 'light-agent',
      severity: 'error',
      from: { path: '^src/(agent|messaging)/' },
      to: { path: '@temporalio|node_modules/(pg|kysely|hono)/' },
    },
    {
      name: 'fleet-uses-the-client',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^src/', pathNot: '^src/(agent|model|messaging)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '^src/[^/]+\\.ts$|\\.d\\.ts$' }, to: {} },
  ],
  options: { tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' } },
}
