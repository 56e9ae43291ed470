-- What learning needs: in which order strategies stood, what they promised beside what was measured, how metrics went.

-- Best first.
alter table strategies add column position integer not null default 0;

-- What a cycle found nothing to do for, or left alone, and why.
alter table cycles add column skipped jsonb not null default '[]';

-- Percent or points; the interval holds 80 % of what trials measure. Null where nothing was promised.
alter table optimization_results
  add column promised_improvement finite,
  add column promised_low finite,
  add column promised_high finite;

-- What every snapshot showed of each agent, narrow enough to forecast by.
create table agent_metrics (
  agent_id           text not null,
  at                 timestamptz not null,
  response_time      finite,
  success_rate       finite,
  coordination_score finite,
  primary key (agent_id, at)
);
create index agent_metrics_age on agent_metrics (at);
