/** Where programs on the same machine reach a server that listens on an address: on loopback if it listens on all addresses. */
export function toLocalUrl(host: string, port: number): string {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}
