-- What a person was asked to approve, and what came of it.

create table approvals (
  -- The strategy's id, and the trial's that waits.
  trial_id   text primary key references strategies,
  agent_id   text not null,
  asked_at   timestamptz not null default now(),
  -- Nobody waits longer.
  until      timestamptz not null,
  -- A lapsed one was approved but could not be carried out.
  state      text not null default 'open'
             check (state in ('open', 'approved', 'declined', 'timed-out', 'withdrawn', 'lapsed')),
  decided_at timestamptz,
  -- A person, or null where none decided.
  decided_by text,
  reason     text
);
create index approvals_state on approvals (state, decided_at);
