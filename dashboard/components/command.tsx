/** Commands: a button with a confirmation that asks who gives the command and why, and shows a refusal. */
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { UndoTarget } from '../../src/model/undo.ts'
import { refusal } from '../access.ts'
import { ApiError, request } from '../api.ts'
import { announce } from '../live.ts'
import { hasNoEffect, PlannedChanges, useUndoPreview } from './undo-preview.tsx'

const nameKey = 'optimizer-name'

export interface Command {
  title: string
  /** Exactly what will happen. */
  explanation: ComponentChildren
  /** The target that it undoes; the dialog shows what will be put back. */
  undoes?: UndoTarget
  confirm: string
  isDangerous?: boolean
  needsReason?: boolean
  /** Another question with yes or no. */
  option?: string
  send: (given: { by: string; reason: string; option: boolean }) => { method: string; path: string; body: unknown }
  /** @param answer of the API */
  done: string | ((answer: unknown) => string)
}

const asked = signal<Command | null>(null)
/** The latest action, for the reader. */
export const notice = signal<{ text: string; at: number } | null>(null)

export const openCommandDialog = (command: Command) => {
  asked.value = command
}

export function CommandButton({
  command,
  children,
  kind = '',
}: {
  command: Command
  children: ComponentChildren
  kind?: 'primary' | 'danger' | 'quiet' | ''
}) {
  return (
    <button
      type="button"
      class={kind}
      disabled={refusal.value !== undefined}
      title={refusal.value}
      onClick={() => openCommandDialog(command)}
    >
      {children}
    </button>
  )
}

/** The dialog that confirms a command. */
export function CommandDialog() {
  const command = asked.value
  return command && <Confirmation key={command.title} command={command} />
}

function Confirmation({ command }: { command: Command }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [by, setBy] = useState(localStorage.getItem(nameKey) ?? '')
  const [reason, setReason] = useState('')
  const [option, setOption] = useState(false)
  const [error, setError] = useState('')
  const [isSending, setSending] = useState(false)
  const foreseen = useUndoPreview(command.undoes)
  useEffect(() => dialog.current?.showModal(), [])
  const close = () => {
    dialog.current?.close()
    asked.value = null
  }
  const send = async (event: Event) => {
    event.preventDefault()
    localStorage.setItem(nameKey, by.trim())
    setSending(true)
    setError('')
    const { method, path, body } = command.send({ by: by.trim(), reason: reason.trim(), option })
    try {
      const answer = await request(method, path, body)
      notice.value = { text: typeof command.done === 'string' ? command.done : command.done(answer), at: Date.now() }
      announce()
      close()
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.message : String(failure))
      setSending(false)
    }
  }
  return (
    <dialog ref={dialog} aria-labelledby="command-title" onCancel={close} onClose={close}>
      <form onSubmit={send}>
        <h2 id="command-title">{command.title}</h2>
        <div class="explanation">
          {command.undoes && <PlannedChanges foreseen={foreseen} />}
          {command.explanation}
        </div>
        <label>
          Your name
          <input
            value={by}
            required
            maxLength={120}
            autoComplete="username"
            onInput={(event) => setBy(event.currentTarget.value)}
          />
        </label>
        <label>
          <span>Reason {!command.needsReason && <span class="muted">(optional)</span>}</span>
          <input
            value={reason}
            required={command.needsReason ?? false}
            maxLength={500}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {command.option && (
          <label class="check">
            <input type="checkbox" checked={option} onChange={(event) => setOption(event.currentTarget.checked)} />
            {command.option}
          </label>
        )}
        {error && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <div class="buttons">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class={command.isDangerous ? 'danger' : 'primary'}
            disabled={isSending || (hasNoEffect(foreseen) && !option)}
          >
            {isSending ? 'Sending…' : command.confirm}
          </button>
        </div>
      </form>
    </dialog>
  )
}

const noticeMs = 8_000

/** Shows what was done, for a few seconds. */
export function Notice() {
  const shown = notice.value
  useEffect(() => {
    if (!shown) return
    const timer = setTimeout(() => {
      notice.value = null
    }, noticeMs)
    return () => clearTimeout(timer)
  }, [shown])
  return (
    <div class="notice" role="status" hidden={!shown}>
      {shown?.text}
    </div>
  )
}
