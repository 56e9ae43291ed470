-- Where a person has paused the optimizer there is one row, and no trial begins.
create table pause (
  only_one  boolean primary key default true check (only_one),
  paused_by text not null,
  reason    text not null,
  since     timestamptz not null default now()
);

-- Since when each configuration was the agent's, for every one that ever was; what was only tried is not in here.
create table proven_configurations (
  id       bigint generated always as identity primary key,
  agent_id text not null references agents,
  version  integer not null,
  since    timestamptz not null default now(),
  foreign key (agent_id, version) references configurations
);
create index proven_configurations_newest on proven_configurations (agent_id, id desc);
insert into proven_configurations (agent_id, version) select agent_id, configuration_version from agents;

alter table cycles add column dry_run boolean not null default false;
