import { cases, isRight, playCase } from '../../test/unit/judging/cases.ts'

/** Prints how often the judge of trials is right on difficult kinds of data, in percent, as Markdown. */
export function printCases(reps: number, seed: number, only: string): void {
  console.log('| kind | case | correct verdict | correct, % | kept | rolled back |\n| --- | --- | --- | --- | --- | --- |')
  for (const [kind, ofKind] of Object.entries(cases)) {
    for (const each of ofKind.filter(({ name }) => `${kind} ${name}`.includes(only))) {
      const judgements = Array.from({ length: reps }, (_, rep) => playCase(each, 1_000_003 * seed + rep))
      const percent = (count: number) => ((100 * count) / reps).toFixed(1)
      const decided = (decision: string) => percent(judgements.filter((judgement) => judgement.decision === decision).length)
      const right = percent(judgements.filter((judgement) => isRight(each, judgement)).length)
      console.log(`| ${[kind, each.name, each.right, right, decided('keep'), decided('roll-back')].join(' | ')} |`)
    }
  }
  console.log()
}
