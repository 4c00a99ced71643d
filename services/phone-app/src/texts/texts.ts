/** Which language the app speaks, and what it says. */
import { computed, signal } from '@preact/signals'
import { readSetting, storeSetting } from '../store/settings.js'
import { type AttributeTexts, attributesEn, attributesZh } from './attributes.js'
import { en, type Texts } from './en.js'
import { zh } from './zh.js'

export type Language = 'en' | 'zh'
export type LanguageChoice = 'auto' | Language

export const texts: Readonly<Record<Language, Texts>> = { en, zh }
const attributeTexts: Readonly<Record<Language, AttributeTexts>> = { en: attributesEn, zh: attributesZh }

export const languageChoice = signal<LanguageChoice>(readSetting('language', ['auto', 'en', 'zh']))

export const chooseLanguage = (choice: LanguageChoice): void => {
  languageChoice.value = choice
  storeSetting('language', choice)
}

/** Chinese for everybody whose browser prefers it, English for all others. */
export const language = computed<Language>(() => {
  if (languageChoice.value !== 'auto') return languageChoice.value
  return /^zh\b/i.test(navigator.language) ? 'zh' : 'en'
})

export const text = computed<Texts>(() => texts[language.value])
export const attributeText = computed<AttributeTexts>(() => attributeTexts[language.value])

/** The one of two texts that a table of the firmware has. */
export const either = (english: string, chinese: string): string =>
  language.value === 'zh' ? chinese : english
