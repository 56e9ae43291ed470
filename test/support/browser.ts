import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Starts Chromium, the one of CHROMIUM_PATH or of the system. @throws Error with what to install */
export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? places.find(existsSync)
  if (!executablePath)
    throw new Error('The dashboard is tested in Chromium: install it (apt-get install chromium), or set CHROMIUM_PATH to one.')
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** The violations of the accessibility rules of WCAG A and AA that are serious, each with where it is. */
export async function findSeriousViolations(page: Page): Promise<string[]> {
  // The page's own policy lets it run only its own scripts.
  await page.evaluate(readFileSync(axe, 'utf8'))
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } }
    return (await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })).violations
  })
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`))
}

interface Violation {
  id: string
  impact: string
  help: string
  nodes: { html: string }[]
}
