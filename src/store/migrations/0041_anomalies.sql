-- All that the detector knows of a series, so that it goes on after a restart.
create table anomaly_series (
  component     text not null,
  metric        text not null,
  state         json not null,
  -- The values until then are learned.
  watched_until timestamptz not null,
  primary key (component, metric)
);

-- Unusual values, from their beginning to their end.
create table anomalies (
  id           bigint generated always as identity primary key,
  component    text not null,
  metric       text not null,
  since        timestamptz not null,
  ended_at     timestamptz,
  content      jsonb not null,
  -- That a person dismissed it as a false alarm.
  dismissed_at timestamptz,
  dismissed_by text,
  dismissal    text,
  unique (component, metric, since)
);
create unique index anomalies_open on anomalies (component, metric) where ended_at is null;
create index anomalies_ended on anomalies (ended_at);
create index anomalies_dismissed on anomalies (dismissed_at) where dismissed_at is not null;
