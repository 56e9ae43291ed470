-- What arrives as OpenTelemetry data.
alter table agent_instances
  drop constraint agent_instances_transport_check,
  add constraint agent_instances_transport_check check (transport in ('nats', 'http', 'otlp'));

alter table agent_executions
  -- Not null in executions that came as spans: whether tokens and cost are those that the span itself reports.
  add column own_usage boolean,
  -- Whether the agent did not report the configuration version, so that it is the one that the instance should have run with.
  add column version_assumed boolean;
-- A span belongs to a trace, whoever the agent is.
create index agent_executions_spans on agent_executions (id) where own_usage is not null;

-- What spans below an execution used, and scores of it, until the execution is there; kept for a while, so that each counts once.
create table telemetry_contributions (
  id          uuid primary key,
  -- The span that has it, or the one above through which its execution is found.
  span_id     uuid not null,
  metrics     jsonb not null,
  is_score    boolean not null,
  received_at timestamptz not null default now(),
  settled_at  timestamptz
);
create index telemetry_contributions_waiting on telemetry_contributions (span_id) where settled_at is null;
create index telemetry_contributions_age on telemetry_contributions (received_at);

-- Calls of language models, and the spans above them, for evaluations of them that come later.
create table telemetry_passages (
  id          uuid primary key,
  above       uuid not null,
  received_at timestamptz not null default now()
);
create index telemetry_passages_age on telemetry_passages (received_at);

-- Both sides of calls between processes, which arrive from each of them.
create table telemetry_calls (
  -- The calling span.
  span_id               uuid not null,
  side                  text not null check (side in ('caller', 'callee')),
  agent_id              text not null,
  instance_id           text not null,
  configuration_version integer,
  started_at            timestamptz not null,
  ended_at              timestamptz not null,
  duration_ms           finite not null,
  succeeded             boolean not null,
  is_queued             boolean not null,
  received_at           timestamptz not null default now(),
  primary key (span_id, side)
);
create index telemetry_calls_age on telemetry_calls (received_at);
