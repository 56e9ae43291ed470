-- The parameters of the performance engine that were changed while it ran: all of them after every change; the newest row counts.
create table engine_setting_changes (
  id         bigint generated always as identity primary key,
  changed_at timestamptz not null default now(),
  settings   jsonb not null,
  changed_by text not null
);

alter table alerts
  -- Of an alert about a threshold: the metric, and what it is measured of.
  add column metric text,
  add column subject text,
  add column acknowledged_at timestamptz,
  add column acknowledged_by text,
  add column acknowledgement text,
  -- Receiver → the state it was last told: a severity, or `resolved`.
  add column told jsonb not null default '{}';

-- How long a metric of a component has been beyond its thresholds.
create table alert_conditions (
  component text not null,
  metric    text not null,
  state     jsonb not null,
  seen_at   timestamptz not null,
  primary key (component, metric)
);

-- What is monitored, with its newest reading.
create table components (
  component text primary key,
  kind      text not null check (kind in ('host', 'process', 'instance', 'other')),
  agent_id  text,
  seen_at   timestamptz not null,
  metrics   jsonb not null
);
-- When a component was not measured although it was before.
create table monitoring_gaps (
  component text not null,
  since     timestamptz not null,
  until     timestamptz not null,
  primary key (component, since)
);
create index monitoring_gaps_age on monitoring_gaps (until);
