-- The fleet: who runs, what can be turned, and what is set.

create table agents (
  agent_id              text primary key,
  kind                  text not null,
  -- The proven configuration: what every instance holds when no trial runs.
  configuration_version integer not null default 1,
  created_at            timestamptz not null default now()
);

create table configurations (
  agent_id         text not null references agents,
  version          integer not null check (version > 0),
  values           jsonb not null,
  origin           text not null check (origin in ('default', 'trial', 'restore', 'operator')),
  trial_id         text,
  restores_version integer,
  reason           text not null,
  created_at       timestamptz not null default now(),
  primary key (agent_id, version)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'configurations are append only';
end $$;
create trigger configurations_append_only before update or delete on configurations
  for each row execute function refuse_change();
alter table agents add foreign key (agent_id, configuration_version) references configurations deferrable initially deferred;

create table agent_instances (
  agent_id          text not null references agents,
  instance_id       text not null,
  transport         text not null check (transport in ('nats', 'http')),
  url               text,
  process_id        bigint,
  runtime           text,
  announced_at      timestamptz not null default now(),
  heartbeat_at      timestamptz not null default now(),
  -- Milliseconds the instance's clock is ahead of ours.
  clock_skew_ms     bigint not null default 0,
  -- Desired state: delivery, restarts and heartbeats all converge on it.
  assigned_version  integer not null,
  -- What the instance last said is in force.
  effective_version integer,
  effective_values  jsonb,
  effective_at      timestamptz,
  -- The last version the instance refused, and why.
  refused_version   integer,
  refusal           text,
  primary key (agent_id, instance_id),
  foreign key (agent_id, assigned_version) references configurations
);

create table knobs (
  agent_id    text not null references agents,
  name        text not null,
  position    integer not null,
  declaration jsonb not null,
  primary key (agent_id, name)
);
