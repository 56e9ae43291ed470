-- Whether so little is known of a series that no anomaly can be found in it yet.
alter table anomaly_series add column is_learning boolean not null default false;
