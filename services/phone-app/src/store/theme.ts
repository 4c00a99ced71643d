/** Light or dark: as the phone is, or as was chosen here. */
import { computed, effect, signal } from '@preact/signals'
import { readSetting, storeSetting } from './settings.js'

export type ThemeChoice = 'auto' | 'light' | 'dark'

export const themeChoice = signal<ThemeChoice>(readSetting('theme', ['auto', 'light', 'dark']))
const phoneIsDark = signal(false)

export const themeNow = computed<'light' | 'dark'>(() =>
  themeChoice.value === 'auto' ? (phoneIsDark.value ? 'dark' : 'light') : themeChoice.value,
)

export const chooseTheme = (choice: ThemeChoice): void => {
  themeChoice.value = choice
  storeSetting('theme', choice)
}

/** Keeps the page in the colours that hold. */
export const followTheme = (): void => {
  const query = matchMedia('(prefers-color-scheme: dark)')
  phoneIsDark.value = query.matches
  query.addEventListener('change', ({ matches }) => {
    phoneIsDark.value = matches
  })
  effect(() => {
    document.documentElement.dataset.theme = themeNow.value
  })
}
