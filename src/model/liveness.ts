/** Milliseconds. An instance sends a heartbeat every second; one that has not been heard of for this long cannot be asked anything now. */
export const livenessTimeoutMs = 6_000
