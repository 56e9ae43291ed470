import { expect, test } from 'vitest'
import { createHealthRoute } from '../../../src/api/health-route.ts'

test('requests that come at once share one check, and the next one checks again', async () => {
  let checks = 0
  let answer = () => {}
  const database = () => {
    checks++
    return new Promise<void>((resolve) => {
      answer = resolve
    })
  }
  const router = createHealthRoute({ database, nats: async () => {} })
  const together = Array.from({ length: 5 }, () => router.request('/healthz'))
  await expect.poll(() => checks).toBe(1)
  answer()
  for (const response of await Promise.all(together)) expect(response.status).toBe(200)
  const next = router.request('/healthz')
  await expect.poll(() => checks).toBe(2)
  answer()
  expect(await (await next).json()).toEqual({ database: true, nats: true })
})

test('one that cannot be reached is named', async () => {
  const router = createHealthRoute({ database: async () => {}, nats: () => Promise.reject(new Error('refused')) })
  const response = await router.request('/healthz')
  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({ database: true, nats: false })
})
