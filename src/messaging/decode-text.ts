const decoder = new TextDecoder('utf-8', { fatal: true })

/** The text of a request; empty if it is not UTF-8, as JSON has to be: it is refused then, rather than recorded with other characters. */
export function decodeText(bytes: Uint8Array | ArrayBuffer): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return ''
  }
}
