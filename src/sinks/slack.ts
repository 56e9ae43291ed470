import { post, type Sink } from './sink.ts'

const icons: Readonly<Record<string, string>> = { resolved: ':white_check_mark:', critical: ':rotating_light:' }
const mostLines = 20

/** A Slack incoming webhook: one message for all alerts of one cause. */
export const createSlackSink = (name: string, { url }: { url: string }): Sink => ({
  name,
  async send(notices) {
    const lines = notices
      .slice(0, mostLines)
      .map(({ state, message }) => `${icons[state] ?? ':warning:'} *${state}* ${escapeText(message)}`)
    if (notices.length > mostLines) lines.push(`… and ${notices.length - mostLines} more`)
    await post(url, JSON.stringify({ text: lines.join('\n') }))
  },
})

/** Slack's own three escapes. */
export const escapeText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
