-- What the optimizer saw, tried, measured and decided.

create table cycles (
  -- The workflow id.
  id          text primary key,
  run_id      text not null,
  target      text,
  state       text not null check (state in ('running', 'completed', 'failed', 'cancelled')),
  phases      jsonb not null default '{}',
  impact      jsonb,
  started_at  timestamptz not null default now(),
  ended_at    timestamptz
);
create index cycles_newest on cycles (started_at desc);

create table snapshots (
  id         text primary key,
  cycle_id   text,
  taken_at   timestamptz not null default now(),
  content    jsonb not null
);
create index snapshots_newest on snapshots (taken_at desc);
create index snapshots_cycle on snapshots (cycle_id);

create table bottlenecks (
  id                 bigint generated always as identity primary key,
  cycle_id           text not null,
  snapshot_id        text,
  type               text not null,
  severity           text not null,
  affected_component text not null,
  description        text not null,
  impact             finite not null,
  suggested_fix      text not null,
  detected_at        timestamptz not null default now(),
  unique (cycle_id, type, affected_component)
);

create table strategies (
  id         text primary key,
  cycle_id   text,
  agent_id   text not null,
  type       text not null,
  priority   text not null,
  -- The whole strategy, as in requirements B5.
  content    jsonb not null,
  created_at timestamptz not null default now()
);
create index strategies_cycle on strategies (cycle_id);

create table trials (
  -- The strategy's id.
  id                  text primary key references strategies,
  agent_id            text not null,
  workflow_id         text not null,
  design              text not null check (design in ('concurrent', 'before-after')),
  state               text not null check (state in ('applying', 'observing', 'widening', 'restoring', 'kept', 'restored')),
  -- The versions before, during and after.
  baseline_version    integer not null,
  candidate_version   integer not null,
  restored_version    integer,
  candidate_instances text[] not null,
  control_instances   text[] not null,
  started_at          timestamptz not null default now(),
  -- From here on executions of the candidate version count.
  observing_at        timestamptz,
  ended_at            timestamptz,
  -- The newest judgement, for people who watch.
  judgement           jsonb,
  -- The figures of both arms at the verdict, {"before": …, "after": …} as in requirements B9.
  metrics             jsonb,
  issues              jsonb not null default '[]'
);
create index trials_agent on trials (agent_id, started_at desc);
create index trials_open on trials (agent_id) where ended_at is null;

create table trial_samples (
  trial_id     text not null references trials on delete cascade,
  execution_id uuid not null,
  arm          text not null check (arm in ('control', 'candidate')),
  instance_id  text not null,
  timestamp    timestamptz not null,
  value        finite not null,
  success      boolean not null,
  primary key (trial_id, execution_id)
);

-- One trial an agent; an expired lock may be taken over.
create table locks (
  agent_id   text primary key,
  trial_id   text not null,
  expires_at timestamptz not null
);

create table optimization_results (
  strategy_id        text primary key,
  cycle_id           text,
  agent_id           text not null,
  type               text not null,
  verdict            text not null check (verdict in ('keep', 'roll-back', 'undecided')),
  success            boolean not null,
  actual_improvement finite,
  -- The whole result, as in requirements B9.
  content            jsonb not null,
  timestamp          timestamptz not null default now()
);
create index optimization_results_agent on optimization_results (agent_id, timestamp desc);
create index optimization_results_cycle on optimization_results (cycle_id);

create table performance_profiles (
  id         bigint generated always as identity primary key,
  target     text not null,
  taken_at   timestamptz not null default now(),
  content    jsonb not null
);
create index performance_profiles_newest on performance_profiles (target, taken_at desc);

create table alerts (
  id          bigint generated always as identity primary key,
  raised_at   timestamptz not null default now(),
  resolved_at timestamptz,
  severity    text not null,
  component   text not null,
  message     text not null,
  trial_id    text
);
-- What is open already is not raised twice.
create unique index alerts_open on alerts (component, message, trial_id) nulls not distinct where resolved_at is null;

create table policy_changes (
  id         bigint generated always as identity primary key,
  changed_at timestamptz not null default now(),
  field      text not null,
  old_value  jsonb,
  new_value  jsonb,
  changed_by text not null,
  reason     text not null
);
