/** A UUID version 8 (RFC 9562) of a digest: the same content has the same id. @param hex at least 32 hexadecimal digits */
export const toUuid = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
