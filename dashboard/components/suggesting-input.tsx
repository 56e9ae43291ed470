import { useId } from 'preact/hooks'

/** A text field with suggestions that accepts any text. */
export function SuggestingInput({
  label,
  value,
  placeholder,
  options,
  onInput,
}: {
  label: string
  value: string
  placeholder: string
  options: readonly string[]
  onInput: (value: string) => void
}) {
  const list = useId()
  return (
    <label class="inline">
      {label}{' '}
      <input
        list={list}
        value={value}
        placeholder={placeholder}
        maxLength={200}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <datalist id={list}>
        {options.map((option) => (
          <option key={option} value={option} />
        ))}
      </datalist>
    </label>
  )
}
