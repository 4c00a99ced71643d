/** What playBGM plays: an address in the web, or a file of the box's music folder. */

export type MusicUrl =
  | { readonly kind: 'web'; readonly url: string }
  /** below the music folder; no part of it begins with a dot */
  | { readonly kind: 'file'; readonly name: string }

export const musicUrlForms =
  'an http:// or https:// address without user and password, or the name of a file in the music folder'

const longest = 2048
/** Letters, digits and marks of any script: names that people give to files. */
const fileName = /^(?![ .])[^/\\\p{C}]{1,255}$/u

/** Reads it; undefined when it is neither. Whether it is there is found out when it is played. */
export const parseMusicUrl = (text: string): MusicUrl | undefined => {
  if (text.length > longest || text !== text.trim()) return undefined
  if (/^https?:\/\//i.test(text)) {
    if (/\p{C}/u.test(text) || !URL.canParse(text)) return undefined
    const { username, password } = new URL(text)
    return username === '' && password === '' ? { kind: 'web', url: text } : undefined
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return undefined
  return text.split('/').every((part) => fileName.test(part)) ? { kind: 'file', name: text } : undefined
}
