/** Reports of a period or a cycle, to read, keep or share. */
import { useState } from 'preact/hooks'
import { authorization, token } from '../api.ts'

const formats = [
  ['html', 'HTML', 'html'],
  ['markdown', 'Markdown', 'md'],
  ['json', 'JSON', 'json'],
] as const

/** Links to the report in each format. With a token, which a link cannot carry, they download it. @param of such as `since=7d` */
export function ReportLinks({ of, title }: { of: string; title: string }) {
  const [problem, setProblem] = useState('')
  const save = async (event: Event, format: string, ending: string) => {
    if (!token.value) return
    event.preventDefault()
    setProblem('')
    const response = await fetch(addressOf(of, format), { headers: authorization() }).catch(() => undefined)
    if (!response?.ok) return setProblem('The report could not be loaded; try again.')
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await response.blob())
    link.download = `report.${ending}`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <span class="report">
      <span class="muted">{title}:</span>
      {formats.map(([format, name, ending]) => (
        <a
          key={format}
          href={addressOf(of, format)}
          target="_blank"
          rel="noreferrer"
          onClick={(event) => void save(event, format, ending)}
        >
          {name}
          <span class="visually-hidden"> of {title.toLowerCase()}</span>
        </a>
      ))}
      {problem && (
        <span class="bad" role="alert">
          {problem}
        </span>
      )}
    </span>
  )
}

const addressOf = (of: string, format: string) => `/api/report?${of}&format=${format}`
