-- Messages for NATS: written together with what they report, deleted once NATS has them.
create table outbox (
  id         bigint generated always as identity primary key,
  -- By which receivers recognize a repetition.
  message_id uuid not null default gen_random_uuid(),
  subject    text not null,
  -- JSON as it is sent.
  content    text not null,
  created_at timestamptz not null default now()
);
create index outbox_subject on outbox (subject, id);
