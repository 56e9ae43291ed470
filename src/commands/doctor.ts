import { diagnose } from '../client/diagnosis/diagnose.ts'
import { formatFindings } from '../terminal/format-findings.ts'
import { print } from '../terminal/print.ts'
import { exitCodes } from './exit-codes.ts'

export async function runDoctor({ json }: { json?: boolean }): Promise<void> {
  const findings = await diagnose()
  print(findings, formatFindings, json)
  if (findings.some(({ state }) => state === 'failed')) process.exitCode = exitCodes.failed
}
