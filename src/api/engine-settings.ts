import type { NatsConnection } from '@nats-io/transport-node'
import { updateEngineSettings } from '../client/engine-settings.ts'
import type { OptimizerClient } from '../client/optimizer.ts'
import { SubjectServer } from '../messaging/subject-server.ts'
import { engineSettingsSubject } from '../messaging/subjects.ts'
import { createCommandQueue } from './fair-queue.ts'
import { toFailureResponse } from './gateway/failure-response.ts'
import type { InvalidMessageReporter } from './invalid-message-reporter.ts'

/** Receives new parameters of the performance engine over NATS (D8), and answers with those in force or with the reason why nothing was changed. */
export function serveEngineSettings(
  nats: NatsConnection,
  optimizer: OptimizerClient,
  invalid: InvalidMessageReporter,
  onUnavailable: (error: unknown) => void,
): SubjectServer {
  const turns = createCommandQueue()
  const answer = async (text: string) => {
    try {
      const update = () => updateEngineSettings(optimizer, JSON.parse(text), 'the config manager')
      return JSON.stringify({ settings: await turns.runOrRefuse(update) })
    } catch (error) {
      const failure = toFailureResponse(error)
      if (failure.status >= 500) onUnavailable(error)
      invalid.note(engineSettingsSubject, failure)
      return JSON.stringify(failure.body)
    }
  }
  return new SubjectServer(nats, engineSettingsSubject, answer, 'engine-settings')
}
