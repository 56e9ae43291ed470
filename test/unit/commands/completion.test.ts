import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../support/documents.ts'

/** The completions that bash offers after these words. */
function complete(...words: string[]): string[] {
  const program = join(root, 'bin/optimizer.js')
  const script = `source <(${process.execPath} ${program} completion bash)
    COMP_WORDS=(optimizer ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
    _optimizer; printf '%s\\n' "\${COMPREPLY[@]}"`
  return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)
}

test('bash completes commands, their subcommands and options', () => {
  expect(complete('sta')).toEqual(['start', 'status'])
  expect(complete('alerts', 'a')).toEqual(['ack'])
  expect(complete('status', '--')).toEqual(['--agent', '--json', '--watch'])
  expect(complete('approve', 'opt_1_a', '--')).toEqual(['--reason'])
})
