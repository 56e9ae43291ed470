import { Command } from 'commander'
import { connected } from './connected.ts'
import { person } from './person.ts'

export const keepCommand = new Command('keep')
  .description('end a running trial by keeping its change on every instance, proven or not')
  .argument('<trial>')
  .option('--why <text>', 'kept with the result', '')
  .action(async (trialId: string, { why }) => {
    await connected(async (client) => {
      const { kept } = await (await client.keep(trialId, person(), why)).result()
      console.log(kept ? `${trialId} is kept on every instance.` : `${trialId} ended before it could be kept, and was put back.`)
      if (!kept) process.exitCode = 1
    })
  })
