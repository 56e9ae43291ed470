import { expect, test } from 'vitest'
import { toLocalUrl } from '../../../src/model/local-url.ts'

test.each([
  ['127.0.0.1', 'http://127.0.0.1:8080'],
  ['192.168.1.5', 'http://192.168.1.5:8080'],
  ['optimizer.local', 'http://optimizer.local:8080'],
  ['0.0.0.0', 'http://127.0.0.1:8080'],
  ['::', 'http://[::1]:8080'],
  ['::1', 'http://[::1]:8080'],
])('a server that listens on %s is reached at %s', (host, url) => {
  expect(toLocalUrl(host, 8080)).toBe(url)
  expect(URL.canParse(url)).toBe(true)
})
