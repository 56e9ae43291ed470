-- What happened, for those who watch. The trigger of a table adds the row in the transaction that changes what it refers to, whichever
-- process does that. A row only says where to look.
create table events (
  id   bigint generated always as identity primary key,
  at   timestamptz not null default clock_timestamp(),
  type text not null,
  ref  jsonb not null
);

create function record_event(type text, ref jsonb) returns void language sql as $$
  insert into events (type, ref) values (type, ref)
$$;

create function record_cycle_event() returns trigger language plpgsql as $$
begin
  if new.state <> 'running' then
    perform record_event('cycle.ended', jsonb_build_object('cycleId', new.id));
  elsif tg_op = 'INSERT' then
    perform record_event('cycle.started', jsonb_build_object('cycleId', new.id));
  end if;
  return null;
end $$;
create trigger cycles_inserted after insert on cycles for each row execute function record_cycle_event();
create trigger cycles_changed after update of state on cycles for each row
  when (old.state is distinct from new.state) execute function record_cycle_event();

create function record_trial_event() returns trigger language plpgsql as $$
begin
  perform record_event(
    case
      when tg_op = 'INSERT' then 'trial.started'
      when old.ended_at is null and new.ended_at is not null then 'trial.ended'
      when old.state <> new.state or old.suspensions <> new.suspensions then 'trial.changed'
      else 'trial.judged'
    end,
    jsonb_build_object('trialId', new.id, 'agentId', new.agent_id));
  return null;
end $$;
create trigger trials_inserted after insert on trials for each row execute function record_trial_event();
create trigger trials_changed after update on trials for each row
  when (old.ended_at is distinct from new.ended_at or old.state <> new.state or old.suspensions <> new.suspensions
    or old.judgement is distinct from new.judgement or old.progress is distinct from new.progress)
  execute function record_trial_event();

create function record_result_event() returns trigger language plpgsql as $$
begin
  perform record_event('result.recorded', jsonb_build_object('trialId', new.strategy_id, 'agentId', new.agent_id));
  return null;
end $$;
create trigger optimization_results_inserted after insert on optimization_results for each row execute function record_result_event();
create trigger optimization_results_changed after update on optimization_results for each row
  when (old.content is distinct from new.content) execute function record_result_event();

create function record_approval_event() returns trigger language plpgsql as $$
begin
  perform record_event(
    case when new.state = 'open' then 'approval.asked' else 'approval.decided' end,
    jsonb_build_object('trialId', new.trial_id, 'agentId', new.agent_id));
  return null;
end $$;
create trigger approvals_inserted after insert on approvals for each row execute function record_approval_event();
create trigger approvals_changed after update of state on approvals for each row
  when (old.state <> new.state) execute function record_approval_event();

create function record_alert_event() returns trigger language plpgsql as $$
begin
  perform record_event(
    case
      when tg_op = 'INSERT' then 'alert.raised'
      when new.resolved_at is not null then 'alert.resolved'
      else 'alert.changed'
    end,
    jsonb_build_object('alertId', new.id));
  return null;
end $$;
create trigger alerts_inserted after insert on alerts for each row execute function record_alert_event();
create trigger alerts_changed after update on alerts for each row
  when (old.resolved_at is distinct from new.resolved_at or old.severity <> new.severity
    or old.acknowledged_at is distinct from new.acknowledged_at)
  execute function record_alert_event();

create function record_policy_event() returns trigger language plpgsql as $$
begin
  perform record_event('policy.changed', jsonb_build_object('field', new.field));
  return null;
end $$;
create trigger policy_changes_inserted after insert on policy_changes for each row execute function record_policy_event();

create function record_objective_event() returns trigger language plpgsql as $$
begin
  perform record_event('objective.changed', jsonb_strip_nulls(jsonb_build_object('agentId', new.agent, 'kind', new.kind)));
  return null;
end $$;
create trigger objective_changes_inserted after insert on objective_changes for each row execute function record_objective_event();

create function record_configuration_event() returns trigger language plpgsql as $$
begin
  perform record_event('configuration.changed', jsonb_build_object('agentId', new.agent_id, 'version', new.version));
  return null;
end $$;
create trigger proven_versions_inserted after insert on proven_versions for each row execute function record_configuration_event();

create function record_profile_event() returns trigger language plpgsql as $$
begin
  perform record_event('profile.taken', jsonb_build_object('profileId', new.id, 'target', new.target));
  return null;
end $$;
create trigger performance_profiles_inserted after insert on performance_profiles for each row execute function record_profile_event();

create function record_agent_event() returns trigger language plpgsql as $$
begin
  perform record_event(
    case when new.forgotten_at is null then 'agent.registered' else 'agent.forgotten' end,
    jsonb_build_object('agentId', new.agent_id));
  return null;
end $$;
create trigger agents_inserted after insert on agents for each row execute function record_agent_event();
create trigger agents_changed after update of forgotten_at on agents for each row
  when (old.forgotten_at is distinct from new.forgotten_at) execute function record_agent_event();
