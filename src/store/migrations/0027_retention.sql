-- What agents report is kept for a time, so its tables become partitioned by time: a day or a week that is over is dropped at once.

-- Rows of one moment and component are one reading.
delete from system_metrics older using system_metrics newer
  where older.component = newer.component and older.timestamp = newer.timestamp and older.id < newer.id;
alter table system_metrics drop column id, add primary key (component, timestamp);
drop index system_metrics_newest;
-- Any metric beside those in columns of their own: metric name → number.
alter table system_metrics add column others jsonb not null default '{}';

alter table agent_state drop column id;
alter table agent_self_reports drop column id;
alter table agent_messages drop constraint agent_messages_pkey, add primary key (from_agent, id, timestamp);
alter table agent_decisions drop constraint agent_decisions_pkey, add primary key (agent, id, timestamp);
alter table trial_samples drop constraint trial_samples_pkey, add primary key (trial_id, execution_id, timestamp);

-- Past rows become one partition that ends where the next week begins; its name says when. Rows beyond that are moved.
do $$
declare
  partitioned record;
  past text;
  has_rows boolean;
  until timestamptz := to_timestamp((floor(extract(epoch from now()) / 604800) + 1) * 604800);
begin
  for partitioned in
    select * from (values
      ('agent_messages', 'timestamp'), ('agent_decisions', 'timestamp'), ('agent_state', 'timestamp'),
      ('agent_self_reports', 'timestamp'), ('trial_samples', 'timestamp'), ('system_metrics', 'timestamp')
    ) tables (name, moment)
  loop
    past := partitioned.name || '_until_' || to_char(until at time zone 'UTC', 'YYYYMMDD');
    execute format('create index on %I using brin (%I)', partitioned.name, partitioned.moment);
    execute format('alter table %I rename to %I', partitioned.name, past);
    execute format('create table %I (like %I including all) partition by range (%I)', partitioned.name, past, partitioned.moment);
    execute format('create table %I partition of %I default', partitioned.name || '_default', partitioned.name);
    if partitioned.name = 'trial_samples' then
      alter table trial_samples add foreign key (trial_id) references trials on delete cascade;
    end if;
    execute format(
      'with moved as (delete from %I where %I >= %L returning *) insert into %I select * from moved',
      past, partitioned.moment, until, partitioned.name
    );
    execute format('select exists (select from %I)', past) into has_rows;
    if has_rows then
      execute format('alter table %I attach partition %I for values from (minvalue) to (%L)', partitioned.name, past, until);
    else
      execute format('drop table %I', past);
    end if;
  end loop;
end $$;

-- Means and extremes of system metrics, kept longer than the metrics: metric name → [number of values, their sum, the lowest, the highest].
create table system_metrics_minutes (
  component text not null,
  at        timestamptz not null,
  metrics   jsonb not null,
  primary key (component, at)
) partition by range (at);
create table system_metrics_minutes_default partition of system_metrics_minutes default;
create table system_metrics_hours (like system_metrics_minutes including all) partition by range (at);
create table system_metrics_hours_default partition of system_metrics_hours default;
create table system_metrics_days (like system_metrics_minutes including all);

create function merge_summaries(a jsonb, b jsonb) returns jsonb language sql immutable parallel safe as $$
  select coalesce(jsonb_object_agg(key, summary), '{}') from (
    select key, jsonb_build_array(
      sum((value ->> 0)::integer), sum((value ->> 1)::double precision),
      min((value ->> 2)::double precision), max((value ->> 3)::double precision)
    ) as summary
    from (select * from jsonb_each(a) union all select * from jsonb_each(b)) summaries
    group by key
  ) merged
$$;
create aggregate summarize_all(jsonb) (sfunc = merge_summaries, stype = jsonb, initcond = '{}', parallel = safe);

create index bottlenecks_age on bottlenecks (detected_at);
create index performance_profiles_age on performance_profiles (taken_at);
create index alerts_resolved on alerts (resolved_at) where resolved_at is not null;
