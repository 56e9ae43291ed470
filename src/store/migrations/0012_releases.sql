-- People's commands that let a knob, or all knobs of an agent, be tried again.
create table releases (
  id          bigint generated always as identity primary key,
  agent_id    text not null references agents on delete cascade,
  -- Null for the whole agent.
  knob        text,
  released_at timestamptz not null default now(),
  released_by text not null,
  reason      text not null
);
create index releases_newest on releases (released_at desc);

-- Pairs of agents are listed by sender and receiver.
create index agent_messages_pair on agent_messages (from_agent, to_agent, timestamp desc)
  include (latency_ms, delivered, agreed, conflict_resolution_ms);
