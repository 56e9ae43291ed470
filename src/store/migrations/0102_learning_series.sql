-- Whether so little is known of a series that no anomaly can be found in it yet. Those that are saved already begin anew.
alter table anomaly_series add column is_learning boolean not null default true;
alter table anomaly_series alter column is_learning set default false;
