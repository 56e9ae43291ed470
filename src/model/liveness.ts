/** Milliseconds. An instance sends a heartbeat every second; one that has been silent for this long is not considered live. */
export const livenessTimeoutMs = 6_000
/** Milliseconds by which an agent's clock may be off before its timestamps are corrected. */
export const toleratedSkewMs = 5_000
