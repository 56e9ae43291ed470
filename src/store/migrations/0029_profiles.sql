-- Performance profiles: who asked for each, what it is of, and the call tree in `content`.
alter table performance_profiles
  -- The same for every attempt at the same profile.
  add column key          text unique,
  add column kind         text not null default 'cpu' check (kind in ('cpu', 'heap', 'workflow')),
  add column instance_id  text,
  add column trigger      text not null default 'person' check (trigger in ('schedule', 'orchestrator', 'degradation', 'person')),
  add column requested_by text not null default '',
  add column reason       text not null default '',
  add column workflow_id  text not null default '',
  -- The same for all profiles of one request.
  add column run_id       text not null default '',
  -- The trial that was running on the agent, and the arm of the instance in it.
  add column trial_id     text,
  add column arm          text check (arm in ('control', 'candidate')),
  -- The configuration of the instance.
  add column version      integer;
create index performance_profiles_run on performance_profiles (run_id);
