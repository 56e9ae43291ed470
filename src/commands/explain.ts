import { styleText } from 'node:util'
import { Command } from 'commander'
import type { Explanation } from '../model/explanation.ts'
import { explain } from '../reading/explain.ts'
import { withClient } from './with-client.ts'

export const explainCommand = new Command('explain')
  .description('explain a trial, strategy or agent: what was seen, tried, measured and decided, and how to undo it')
  .argument('<trial|strategy|agent>')
  .option('--json', 'print JSON')
  .action(async (id: string, { json }: { json?: boolean }) => {
    await withClient(async (client) => {
      const explanation = await explain(client, id)
      console.log(json ? JSON.stringify(explanation, null, 2) : print(explanation))
    })
  })

function print({ id, summary, sections }: Explanation): string {
  const told = sections.map(({ title, sentences }) =>
    [styleText('bold', title), ...sentences.map((sentence) => `  ${sentence}`)].join('\n'),
  )
  return [`${styleText('bold', id)}  ${summary}`, ...told].join('\n\n')
}
