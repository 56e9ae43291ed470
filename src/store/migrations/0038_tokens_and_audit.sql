-- Tokens for the HTTP API. Only a digest of each is stored: tokens are random, so that nobody can guess one from it.
create table api_tokens (
  id           bigint generated always as identity primary key,
  name         text not null,
  role         text not null check (role in ('viewer', 'operator', 'admin', 'agent')),
  -- The agents that a token of the role `agent` may report for.
  agents       text[] not null default '{}',
  digest       bytea not null unique,
  created_at   timestamptz not null default now(),
  created_by   text not null,
  -- Null if it does not expire.
  expires_at   timestamptz,
  revoked_at   timestamptz,
  revoked_by   text,
  last_used_at timestamptz,
  check ((role = 'agent') = (cardinality(agents) > 0))
);
create unique index api_tokens_name on api_tokens (name) where revoked_at is null;

-- What people asked for and what was done about tokens, as far as no other table records who and why.
create table audit_entries (
  id          bigint generated always as identity primary key,
  at          timestamptz not null default clock_timestamp(),
  action      text not null,
  -- A person, the name of a token, or the part that decided.
  actor       text not null,
  -- What it was done to: an agent, a trial, a token.
  subject     text,
  reason      text not null default '',
  -- What led to it, such as a trial.
  cause       text,
  workflow_id text,
  detail      jsonb
);
create index audit_entries_newest on audit_entries (at desc);

-- The rest of the audit is read from the tables that record it, newest first.
create index policy_changes_newest on policy_changes (changed_at desc);
create index proven_versions_newest on proven_versions (since desc);
create index trials_newest on trials (started_at desc);
create index optimization_results_newest on optimization_results (timestamp desc);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is append only';
end $$;
create trigger audit_entries_append_only before update or delete on audit_entries
  for each row execute function refuse_audit_change();
create trigger audit_entries_kept before truncate on audit_entries
  for each statement execute function refuse_audit_change();

-- The table of agents has only the latest.
create function record_forgetting() returns trigger language plpgsql as $$
begin
  insert into audit_entries (action, actor, subject) values ('agent.forgotten', new.forgotten_by, new.agent_id);
  return null;
end $$;
create trigger agents_forgotten after update of forgotten_at on agents for each row
  when (new.forgotten_at is not null and new.forgotten_by is not null and old.forgotten_at is distinct from new.forgotten_at)
  execute function record_forgetting();
