import { signal } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import { needsToken, setToken, token } from '../api.ts'
import { announce } from '../live.ts'

const isOpen = signal(false)
export const openTokenDialog = () => {
  isOpen.value = true
}

/** Asks for an access token; it is kept until the tab is closed. */
export function TokenDialog() {
  return isOpen.value || needsToken.value ? <Form /> : null
}

function Form() {
  const dialog = useRef<HTMLDialogElement>(null)
  const [value, setValue] = useState(token.value)
  useEffect(() => dialog.current?.showModal(), [])
  const close = () => {
    dialog.current?.close()
    isOpen.value = false
    needsToken.value = false
  }
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onCancel={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setToken(value.trim())
          announce()
          close()
        }}
      >
        <h2 id="token-title">Access token</h2>
        <p class="explanation">
          {needsToken.value
            ? 'This server requires a token, or no longer accepts the one you entered.'
            : 'You need a token only if the API was set up with tokens. It is kept until you close this tab.'}
        </p>
        <label>
          Token
          <input type="password" value={value} autoComplete="off" onInput={(event) => setValue(event.currentTarget.value)} />
        </label>
        <div class="buttons">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Use token
          </button>
        </div>
      </form>
    </dialog>
  )
}
