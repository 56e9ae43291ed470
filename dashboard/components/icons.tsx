import type { Theme } from '../theme.ts'

const Icon = ({ d }: { d: string }) => (
  <svg class="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
    <path d={d} />
  </svg>
)

const themes: Record<Theme, string> = {
  system: 'M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14',
  light:
    'M10 6.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6L16 16M4 16l1.4-1.4M14.6 5.4L16 4',
  dark: 'M15.5 12.5A6.5 6.5 0 0 1 7.5 4.5a6.5 6.5 0 1 0 8 8z',
}

export const ThemeIcon = ({ theme }: { theme: Theme }) => <Icon d={themes[theme]} />
export const KeyIcon = () => <Icon d="M13 3a4 4 0 1 0 0 8a4 4 0 0 0 0-8M10 10l-7 7M5 15l2 2M13.5 6.5v.1" />
