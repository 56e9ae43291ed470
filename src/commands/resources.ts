import { printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function optimizeSystem({ reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    await client.command({ type: 'optimizeSystemPerformance' }, getCurrentUser(), reason)
    printMessage(
      'The whole fleet is optimized, and changes that save resources are no longer preferred; a cycle starts now, or once the running one has ended.',
    )
  })
}

export async function reduceResources({ reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const { policy, isConstrained } = await client.status()
    const isSaving = policy.resourceMode === 'reduce' && !isConstrained
    await client.command({ type: 'reduceResourceConsumption' }, getCurrentUser(), reason)
    printMessage(
      isSaving
        ? 'Changes that need fewer resources are already preferred; nothing was changed.'
        : 'Changes that need fewer resources are preferred until you run npx optimizer optimize-system.',
    )
  })
}
