import { signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'
const themes: Theme[] = ['system', 'light', 'dark']
const key = 'optimizer-theme'
const stored = localStorage.getItem(key) as Theme | null

export const theme = signal<Theme>(stored && themes.includes(stored) ? stored : 'system')

theme.subscribe((chosen) => {
  if (chosen === 'system') document.documentElement.removeAttribute('data-theme')
  else document.documentElement.dataset.theme = chosen
  localStorage.setItem(key, chosen)
})

export const nextTheme = () => {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length]!
}
