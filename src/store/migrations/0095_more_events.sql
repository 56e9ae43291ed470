-- Events of everything else that the pages show live.
create function record_anomaly_event() returns trigger language plpgsql as $$
begin
  perform record_event(
    case
      when new.dismissed_at is not null then 'anomaly.dismissed'
      when new.ended_at is not null then 'anomaly.ended'
      else 'anomaly.found'
    end,
    jsonb_build_object('anomalyId', new.id, 'component', new.component));
  return null;
end $$;
create trigger anomalies_inserted after insert on anomalies for each row execute function record_anomaly_event();
create trigger anomalies_changed after update on anomalies for each row
  when ((old.ended_at is null) <> (new.ended_at is null) or (old.dismissed_at is null) <> (new.dismissed_at is null))
  execute function record_anomaly_event();

create function record_gap_event() returns trigger language plpgsql as $$
begin
  perform record_event('gap.recorded', jsonb_build_object('component', new.component));
  return null;
end $$;
create trigger monitoring_gaps_inserted after insert on monitoring_gaps for each row execute function record_gap_event();

create function record_deployment_event() returns trigger language plpgsql as $$
begin
  perform record_event(
    'deployment.recorded',
    jsonb_strip_nulls(jsonb_build_object('deploymentId', new.id, 'component', new.component)));
  return null;
end $$;
create trigger deployments_inserted after insert on deployments for each row execute function record_deployment_event();

create function record_engine_settings_event() returns trigger language plpgsql as $$
begin
  perform record_event('engine-settings.changed', '{}');
  return null;
end $$;
create trigger engine_setting_changes_inserted after insert on engine_setting_changes for each row
  execute function record_engine_settings_event();

-- The history of a component, newest first.
create index bottlenecks_component on bottlenecks (affected_component, id desc);
create index alerts_component on alerts (component, id desc);

-- Until then, it is on record which instances fell silent, so that several workers tell of each once.
create table recorded_silences (
  only_one boolean primary key default true check (only_one),
  until    timestamptz not null default now()
);
insert into recorded_silences default values;
