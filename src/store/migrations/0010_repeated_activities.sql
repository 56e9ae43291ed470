-- What activities answered, so that an attempt whose answer was lost gets it again and writes nothing twice.
create table activity_answers (
  key         text primary key,
  -- Null only within the transaction that writes it.
  answer      jsonb,
  answered_at timestamptz not null default now()
);
create index activity_answers_age on activity_answers (answered_at);
