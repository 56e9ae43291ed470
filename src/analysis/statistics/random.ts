/** Random numbers that are the same for the same seed (FNV-1a of the text, then mulberry32). */
export function createSeededRandom(seed: string): () => number {
  return mulberry32([...seed].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16_777_619), 0x811c9dc5))
}

/** Uniform numbers in [0, 1) from a state of 32 bits. */
export function mulberry32(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
