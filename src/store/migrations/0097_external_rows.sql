-- Rows of external databases that their owners may still complete, such as a trade whose profit is not known yet.
create table incomplete_rows (
  source     text not null,
  table_name text not null,
  -- What identifies the row here.
  id         uuid not null,
  -- The key of the row there, and a digest that tells whether another row has it now.
  row_key    text not null,
  digest     uuid not null,
  timestamp  timestamptz not null,
  -- The columns without content.
  missing    text[] not null,
  primary key (source, table_name, id)
);
create index incomplete_rows_timestamp on incomplete_rows (timestamp);

-- Which external database provides what comes from one only: the market, and the portfolio.
create table market_sources (
  subject  text primary key,
  database text not null
);
