import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { exitCodes, getExitCode } from '../../../src/commands/exit-codes.ts'
import { OptimizerError } from '../../../src/model/errors.ts'

test.each([
  [new CommanderError(0, 'commander.helpDisplayed', ''), 0],
  [new CommanderError(1, 'commander.unknownCommand', ''), exitCodes.usage],
  [z.string().safeParse(1).error, exitCodes.usage],
  [new OptimizerError('unknown-agent', ''), exitCodes.usage],
  [new OptimizerError('invalid-date', ''), exitCodes.usage],
  [new OptimizerError('out-of-bounds', ''), exitCodes.usage],
  [new OptimizerError('agent-locked', ''), exitCodes.refused],
  [new OptimizerError('no-change', ''), exitCodes.refused],
  [new OptimizerError('unreachable', ''), exitCodes.unreachable],
  [new OptimizerError('not-running', ''), exitCodes.unreachable],
  [new OptimizerError('disk-full', ''), exitCodes.failed],
  [new TypeError('a defect'), exitCodes.failed],
])('%s ends the command with %i', (error, code) => {
  expect(getExitCode(error)).toBe(code)
})
