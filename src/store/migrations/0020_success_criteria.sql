-- Success criteria were texts; now they are objects, so that trials can measure them.
update strategies set content = jsonb_set(content, '{successMetrics}', (
  select coalesce(jsonb_agg(case jsonb_typeof(item) when 'string' then jsonb_build_object('description', item) else item end), '[]')
  from jsonb_array_elements(content -> 'successMetrics') item))
where jsonb_typeof(content -> 'successMetrics') = 'array';

update optimization_results set content = jsonb_set(content, '{strategy,successMetrics}', (
  select coalesce(jsonb_agg(case jsonb_typeof(item) when 'string' then jsonb_build_object('description', item) else item end), '[]')
  from jsonb_array_elements(content -> 'strategy' -> 'successMetrics') item))
where jsonb_typeof(content -> 'strategy' -> 'successMetrics') = 'array';
