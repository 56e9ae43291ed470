-- Each run of the workflow `restore`, so that people see what is being restored, by whom, and how it ended.
create table restores (
  id           bigint generated always as identity primary key,
  workflow_id  text not null,
  run_id       text not null unique,
  agent_id     text not null,
  -- Whose change is rolled back; null for a restore of the agent.
  trial_id     text,
  -- What is restored, in words.
  target       text not null,
  requested_by text not null,
  reason       text not null,
  started_at   timestamptz not null default now(),
  ended_at     timestamptz,
  outcome      text,
  issues       jsonb not null default '[]'
);
create index restores_agent on restores (agent_id, id desc);

create function record_restore_event() returns trigger language plpgsql as $$
begin
  perform record_event(
    case when new.ended_at is null then 'restore.started' else 'restore.ended' end,
    jsonb_build_object('restoreId', new.id, 'agentId', new.agent_id));
  return null;
end $$;
create trigger restores_inserted after insert on restores for each row execute function record_restore_event();
create trigger restores_changed after update on restores for each row
  when (old.ended_at is null and new.ended_at is not null) execute function record_restore_event();
