import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { formatServerUrl, parseServerUrl } from '../../../src/model/server-url.ts'

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
const read = (url: string) => {
  const { user, password, host, port, database } = new pg.Client(formatServerUrl(parseServerUrl(url)!))
  return { user, password, host, port, database }
}
const expected = (password: string) => ({ user: 'optimizer', password, host: 'db', port: 5433, database: 'optimizer' })

describe('the address of a server', () => {
  test.each(printable)('may have a password with %j as it is', (character) => {
    const password = `a${character}b`
    expect(read(`postgres://optimizer:${password}@db:5433/optimizer`)).toEqual(expected(password))
  })

  test('may have every printable character in its password', () => {
    const password = printable.join('')
    expect(read(`postgres://optimizer:${password}@db:5433/optimizer`)).toEqual(expected(password))
  })

  test('with a percent-encoded password is read as every program reads it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (password) => {
        expect(read(`postgres://optimizer:${encodeURIComponent(password)}@db:5433/optimizer`)).toEqual(expected(password))
      }),
    )
  })

  test.each(['12/34', '1#2', '1?x=2', 'p@ss/word', '100%', '%zz', 'a:b', '#', '@', '/'])(
    'may have the password %s',
    (password) => {
      expect(read(`postgres://optimizer:${password}@db:5433/optimizer`)).toEqual(expected(password))
    },
  )

  test.each([
    ['nats://127.0.0.1:4222', { scheme: 'nats', user: '', password: '', host: '127.0.0.1:4222', rest: '' }],
    ['tls://[::1]:4222', { scheme: 'tls', user: '', password: '', host: '[::1]:4222', rest: '' }],
    ['postgres://u@db/x?application_name=a@b', { user: 'u', host: 'db', rest: '/x?application_name=a@b' }],
    ['postgres:///x?host=/run/postgresql', { user: '', host: '', rest: '/x?host=/run/postgresql' }],
    ['postgres://u:p@%2Frun%2Fpostgresql/x', { user: 'u', host: '%2Frun%2Fpostgresql', rest: '/x' }],
  ])('%s keeps its meaning', (url, parts) => {
    expect(parseServerUrl(url)).toMatchObject(parts)
    expect(formatServerUrl(parseServerUrl(url)!)).toBe(url)
  })

  test.each(['somewhere', '', 'postgres://u:p@db:port/x', 'nats://a b:1'])('%j is none', (text) => {
    expect(parseServerUrl(text)).toBeUndefined()
  })
})
