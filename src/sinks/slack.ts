import { postJson, type Sink } from './sink.ts'

const icons: Readonly<Record<string, string>> = { resolved: ':white_check_mark:', critical: ':rotating_light:' }
const maxLines = 20

/** A Slack incoming webhook: one message for all alerts of one cause. */
export const createSlackSink = (name: string, { url }: { url: string }): Sink => ({
  name,
  async send(notices) {
    const lines = notices
      .slice(0, maxLines)
      .map(({ state, message }) => `${icons[state] ?? ':warning:'} *${state}* ${escapeText(message)}`)
    if (notices.length > maxLines) lines.push(`… and ${notices.length - maxLines} more`)
    await postJson(url, JSON.stringify({ text: lines.join('\n') }))
  },
})

/** Slack's own three escapes. */
export const escapeText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
