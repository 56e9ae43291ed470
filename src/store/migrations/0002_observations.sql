-- What agents report. Column names are those of document 002, so that agents that only write these tables still work.

-- NaN and the infinities would poison every mean they enter. (PostgreSQL orders NaN above infinity.)
create domain finite as double precision check (value > '-infinity' and value < 'infinity');

create table agent_executions (
  id                    uuid not null default gen_random_uuid(),
  timestamp             timestamptz not null default now(),
  agent_name            text not null,
  execution_type        text not null,
  input_data            jsonb,
  output_data           jsonb,
  success               boolean not null default true,
  execution_time_ms     finite,
  error_message         text,
  instance_id           text,
  configuration_version integer,
  errored               boolean generated always as (error_message is not null) stored,
  -- Null unless the agent reported a number from 0 to 1.
  confidence            finite generated always as (
    case
      when jsonb_typeof(output_data -> 'confidence') is distinct from 'number' then null
      when (output_data -> 'confidence')::numeric between 0 and 1 then (output_data -> 'confidence')::double precision
    end
  ) stored,
  primary key (id, timestamp)
) partition by range (timestamp);
create table agent_executions_default partition of agent_executions default;
-- "Newest 50 of an agent" and "all of a trial" without touching the table.
create index agent_executions_newest on agent_executions (agent_name, timestamp desc)
  include (success, execution_time_ms, errored, confidence, instance_id, configuration_version, id);

-- A batch that is sent again after a lost answer counts once.
create table report_batches (
  batch_id    uuid primary key,
  received_at timestamptz not null default now(),
  -- What a repetition is answered.
  answer      jsonb
);
create index report_batches_received on report_batches (received_at);

create table agent_decisions (
  id          text not null default gen_random_uuid()::text,
  timestamp   timestamptz not null default now(),
  agent       text not null,
  type        text not null,
  context     jsonb not null default '{}',
  reasoning   jsonb not null default '{}',
  outcome     jsonb not null default '{}',
  agent_state jsonb not null default '{}',
  system      jsonb not null default '{}',
  feedback    jsonb not null default '{}',
  primary key (agent, id)
);
create index agent_decisions_newest on agent_decisions (agent, timestamp desc);

create table agent_messages (
  id                     uuid primary key default gen_random_uuid(),
  timestamp              timestamptz not null default now(),
  from_agent             text not null,
  to_agent               text not null,
  type                   text not null,
  latency_ms             finite,
  delivered              boolean not null,
  -- Null when the message negotiated nothing.
  agreed                 boolean,
  conflict_resolution_ms finite,
  instance_id            text,
  configuration_version  integer
);
create index agent_messages_newest on agent_messages (from_agent, timestamp desc)
  include (to_agent, latency_ms, delivered, agreed, conflict_resolution_ms, instance_id, configuration_version, id);

create table agent_state (
  id                bigint generated always as identity primary key,
  timestamp         timestamptz not null default now(),
  agent_id          text not null,
  instance_id       text,
  reputation        finite,
  autonomy          finite,
  goal_primary      finite,
  goal_secondary    finite,
  goal_tactical     finite,
  goal_overall      finite,
  is_running        boolean,
  last_execution_at timestamptz,
  cycle_count       bigint
);
create index agent_state_newest on agent_state (agent_id, timestamp desc);
-- What the strategic orchestrator said, which would drown in what the instances say.
create index agent_state_given on agent_state (agent_id, timestamp desc) where instance_id is null;

create table agent_self_reports (
  id                bigint generated always as identity primary key,
  timestamp         timestamptz not null default now(),
  agent_id          text not null,
  instance_id       text,
  sources_queried   bigint,
  signals_generated bigint,
  avg_confidence    finite,
  success_rate      finite,
  avg_response_time finite,
  api_calls_used    bigint,
  cache_hit_rate    finite
);
create index agent_self_reports_newest on agent_self_reports (agent_id, timestamp desc);

create table portfolio (
  id           integer primary key,
  btc_balance  finite not null,
  usd_balance  finite not null,
  last_updated timestamptz not null
);
create table portfolio_history (
  id              bigint generated always as identity primary key,
  timestamp       timestamptz not null default now(),
  btc_balance     finite not null,
  usd_balance     finite not null,
  btc_price_usd   finite not null,
  total_value_usd finite not null
);
create index portfolio_history_newest on portfolio_history (timestamp desc);
create table trades (
  id                    bigint generated always as identity primary key,
  timestamp             timestamptz not null default now(),
  trade_type            text not null check (trade_type in ('BUY', 'SELL')),
  amount_btc            finite not null,
  price_usd             finite not null,
  total_usd             finite not null,
  agent_decision_reason text,
  executed_by           text,
  predicted_profit_usd  finite,
  actual_profit_usd     finite
);
create index trades_newest on trades (timestamp desc);
create table market_data (
  id               bigint generated always as identity primary key,
  timestamp        timestamptz not null default now(),
  price_usd        finite not null,
  volume_24h       finite,
  price_change_24h finite,
  fear_greed_index integer
);
create index market_data_newest on market_data (timestamp desc);

create table system_metrics (
  id                       bigint generated always as identity primary key,
  timestamp                timestamptz not null default now(),
  component                text not null,
  cpu_percent              finite,
  memory_percent           finite,
  heap_percent             finite,
  network_bytes_per_second finite,
  storage_percent          finite,
  uptime_seconds           finite,
  runtime_version          text,
  platform                 text
);
create index system_metrics_newest on system_metrics (component, timestamp desc);
