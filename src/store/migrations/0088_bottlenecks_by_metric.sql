-- Several anomalies of a component may have the same type, each of another metric.
alter table bottlenecks drop constraint bottlenecks_cycle_id_type_affected_component_key;
create unique index bottlenecks_found on bottlenecks (cycle_id, type, affected_component, coalesce(metric, ''));
