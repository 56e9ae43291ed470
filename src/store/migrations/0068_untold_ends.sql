-- Ends of alerts that some receiver does not know yet are looked for each minute, among all that are kept.
create index alerts_untold_end on alerts (id)
  where resolved_at is not null and jsonb_path_exists(told, '$.* ? (@ <> "resolved")');
