alter table agents add column forgotten_why text;

create or replace function record_forgetting() returns trigger language plpgsql as $$
begin
  insert into audit_entries (action, actor, subject, reason)
    values ('agent.forgotten', new.forgotten_by, new.agent_id, coalesce(new.forgotten_why, ''));
  return null;
end $$;
