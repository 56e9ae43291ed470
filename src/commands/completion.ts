import type { Command } from 'commander'

interface Completion {
  /** Words that lead to the command, without the name of the program. */
  path: string[]
  /** The words that may follow: subcommands and options. */
  words: { word: string; description: string }[]
}

/** Prints a script for the shell that completes the commands and options of the program. */
export async function printCompletion(program: Command, shell: string): Promise<void> {
  const completions = listCompletions(program)
  console.log(shell === 'bash' ? formatBash(completions) : shell === 'zsh' ? formatZsh(completions) : formatFish(completions))
}

function listCompletions(command: Command, path: string[] = []): Completion[] {
  const { commands, options } = command
  const words = [
    ...commands.map((child) => ({ word: child.name(), description: child.description() })),
    ...options.filter(({ hidden, long }) => !hidden && long).map(({ long, description }) => ({ word: long!, description })),
  ]
  return [{ path, words }, ...commands.flatMap((child) => listCompletions(child, [...path, child.name()]))]
}

const wordsOf = ({ words }: Completion) => words.map(({ word }) => word).join(' ')

function formatBash(completions: Completion[]): string {
  const cases = completions.map((each) => `    '${each.path.join(' ')}') words='${wordsOf(each)}' ;;`)
  return `_optimizer() {
  local path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || path="$path\${path:+ }$word"
  done
  case "$path" in
${cases.join('\n')}
    *) case "\${path%% *}" in
${cases.filter((_, index) => completions[index]!.path.length === 1).join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _optimizer optimizer`
}

/** zsh loads the script of bash. */
function formatZsh(completions: Completion[]): string {
  return `autoload -U +X compinit bashcompinit && compinit -u && bashcompinit\n${formatBash(completions)}`
}

function formatFish(completions: Completion[]): string {
  const quote = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
  return completions
    .flatMap(({ path, words }) => {
      const when =
        path.length === 0 ? '__fish_use_subcommand' : path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
      return words.map(({ word, description }) => {
        const completed = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`
        return `complete -c optimizer -n ${quote(when)} ${completed} -d ${quote(description)}`
      })
    })
    .join('\n')
}
