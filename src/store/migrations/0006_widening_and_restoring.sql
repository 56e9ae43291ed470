-- A proven change goes to half of the instances before it goes to all, and is looked at again after it was kept.
alter table trials
  add column widened_instances text[],
  -- From here on executions of the instances it was widened to count.
  add column widened_at timestamptz,
  -- Until here a kept change is known to do no late harm.
  add column watched_until timestamptz;
create index trials_kept on trials (ended_at) where state = 'kept';

-- A person's request to put a configuration back writes one version, however often it is repeated.
alter table configurations add column request_id text;
create unique index configurations_request on configurations (agent_id, request_id);

-- Which version was the proven one from when on.
create table proven_versions (
  id       bigint generated always as identity primary key,
  agent_id text not null,
  version  integer not null,
  -- As precise as people and programs read it, so that asking for this very moment finds this version.
  since    timestamptz(3) not null default clock_timestamp(),
  foreign key (agent_id, version) references configurations
);
create index proven_versions_agent on proven_versions (agent_id, since desc);
insert into proven_versions (agent_id, version, since)
  select agent_id, version, created_at from configurations where origin <> 'trial' order by created_at;
