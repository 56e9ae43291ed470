-- The meaning of every metric that an agent ever declared; one name means one thing in the whole fleet.
create table metrics (
  name        text primary key,
  declaration jsonb not null,
  -- The agent that declared it last.
  agent_id    text not null,
  declared_at timestamptz not null default now()
);

-- Names of the metrics that an instance declared when it announced itself.
alter table agent_instances add column metrics text[] not null default '{}';

-- What an execution reported beside its time and success, and its scores, which may come later: metric name → number.
alter table agent_executions add column metrics jsonb;

-- Metrics of a snapshot other than those in columns of their own: metric name → number.
alter table agent_metrics add column others jsonb not null default '{}';

-- Of a violated bound of an objective: its metric.
alter table bottlenecks add column metric text;
