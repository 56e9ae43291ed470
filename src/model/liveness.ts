/** Milliseconds. An instance sends a heartbeat every second; one that has been silent for this long is not considered live. */
export const livenessTimeoutMs = 6_000
