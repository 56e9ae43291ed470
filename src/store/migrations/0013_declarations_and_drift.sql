-- Knobs belong to the instances that declare them: in a rolling deployment, several releases of an agent run at once.
create table declarations (
  id       bigint generated always as identity primary key,
  agent_id text not null references agents,
  -- Instances that declare the same share one.
  digest   text not null,
  -- In the order in which they are declared.
  knobs    jsonb not null,
  unique (agent_id, digest)
);
insert into declarations (agent_id, digest, knobs)
  select agent_id, 'unknown', coalesce(jsonb_agg(declaration order by position) filter (where declaration is not null), '[]')
  from agents left join knobs using (agent_id) group by agent_id;
drop table knobs;

alter table agent_instances
  add column declaration_id bigint references declarations,
  -- The knobs whose values in force differ from those of `effective_version`; null if there are none.
  add column drift jsonb,
  add column drift_since timestamptz,
  add column told_to_converge_at timestamptz;
update agent_instances set declaration_id = declarations.id from declarations where declarations.agent_id = agent_instances.agent_id;
alter table agent_instances alter column declaration_id set not null;

-- When instances ran with other values than those of the version that they claimed: their work then proves nothing about it.
create table drift_periods (
  agent_id    text not null,
  instance_id text not null,
  -- The last time that the right values were reported.
  since       timestamptz not null,
  until       timestamptz
);
create unique index drift_periods_open on drift_periods (agent_id, instance_id) where until is null;
create index drift_periods_instance on drift_periods (agent_id, instance_id, since);
