-- What the sources of document 002 name and was not kept so far.

-- Time of each operation, as agents report about themselves: name → milliseconds.
alter table agent_self_reports add column operation_times jsonb;

-- Trades by who executed them, without touching the table.
create index trades_by_executor on trades (timestamp desc) include (executed_by, predicted_profit_usd, actual_profit_usd);
drop index trades_newest;

-- Rows of another database, imported: what identifies them there, so that they are taken once.
alter table portfolio_history add column import_key uuid unique;
alter table trades add column import_key uuid unique;
alter table market_data add column import_key uuid unique;

-- How far the tables of other databases have been imported.
create table imports (
  source     text not null,
  table_name text not null,
  -- The key of the last row that was read, and a digest of the row, which tells another file at the same place.
  last_key   text not null,
  digest     text not null,
  taken      bigint not null default 0,
  refused    bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (source, table_name)
);
