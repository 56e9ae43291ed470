/** Who may import whom (design, *Layers*). */
const layer = (from, to, comment) => ({
  name: `${from}-imports`,
  comment,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: `^src/(${[from, ...to].join('|')})(/|\\.ts$)` },
})

module.exports = {
  forbidden: [
    layer('model', [], 'The vocabulary imports nothing of the others.'),
    layer('analysis', ['model'], 'Pure logic: no I/O, no Temporal.'),
    layer('messaging', ['model']),
    layer('agent', ['model', 'messaging'], 'What an agent embeds stays light.'),
    layer('store', ['model', 'messaging']),
    layer('sources', ['model', 'store', 'analysis']),
    layer('actuators', ['model', 'messaging', 'store']),
    layer('api', ['model', 'messaging', 'store', 'client', 'servers', 'config']),
    layer('servers', ['model', 'config', 'messaging']),
    layer('workflows', ['model', 'analysis', 'activities/types']),
    layer('activities', ['model', 'analysis', 'messaging', 'store', 'sources', 'actuators', 'config', 'limits', 'client', 'workflows/contract']),
    layer('client', ['model', 'analysis', 'store', 'servers', 'config', 'limits', 'activities/types', 'workflows/(contract|search-attributes|cycle)']),
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
