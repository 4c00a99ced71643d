import test from 'ava'
import { type AttributeName, attributeNames, entryOf } from '../../../firmware/pusher/attributes.js'
import { refusals } from '../../../firmware/pusher/refusals.js'
import {
  controlOf,
  groups,
  problemWith,
  withoutEffect,
} from '../../../services/phone-app/src/form/control.js'
import { attributesEn, attributesZh } from '../../../services/phone-app/src/texts/attributes.js'
import { en } from '../../../services/phone-app/src/texts/en.js'
import { zh } from '../../../services/phone-app/src/texts/zh.js'

/** Every text with the way to it; a text with a gap is asked for with something in it. */
const textsOf = (value: unknown, path = ''): readonly (readonly [path: string, text: string])[] => {
  if (typeof value === 'function') return [[path, String(value('7', '9'))]]
  if (typeof value === 'string') return [[path, value]]
  return Object.entries(value as object).flatMap(([name, part]) => textsOf(part, `${path}.${name}`))
}

/** the same in both languages, or said by a sign beside it */
const alike = /^\.(?:box\.languages\.|figures\.units\.)/

test('both languages have every text', (t) => {
  const [english, chinese] = [new Map(textsOf(en)), new Map(textsOf(zh))]
  t.deepEqual([...chinese.keys()].sort(), [...english.keys()].sort())
  for (const [path, text] of english) {
    const other = chinese.get(path) ?? ''
    if (alike.test(path)) continue
    t.not(text.trim(), '', path)
    t.regex(other, /\p{Script=Han}/u, path)
    t.notRegex(text, /\p{Script=Han}/u, path)
    t.is(/[79]/.test(other), /[79]/.test(text), `${path}: what is filled in is shown in both`)
  }
  t.deepEqual(Object.keys(en.refusals).sort(), Object.keys(refusals).sort())
})

test('every attribute and every value of a choice has a name in both languages', (t) => {
  for (const [texts, chinese] of [
    [attributesEn, false],
    [attributesZh, true],
  ] as const) {
    for (const name of attributeNames) {
      t.is(/\p{Script=Han}/u.test(texts.titles[name] ?? ''), chinese, name)
      const named = texts.values[name]
      const control = controlOf(name, named && Object.keys(named))
      if (control.kind !== 'choice') continue
      t.deepEqual(Object.keys(named ?? {}).sort(), control.values.map(String).sort(), name)
    }
  }
})

test('the form has every attribute that works, once', (t) => {
  const shown = Object.values(groups).flat()
  t.deepEqual([...shown, ...withoutEffect].sort(), [...attributeNames].sort())
  for (const name of shown) t.is(entryOf(name).effect, 'works', name)
})

test('a value that the table refuses is refused with its reason, in the words of either language', (t) => {
  const rows: readonly (readonly [AttributeName, unknown, string, string])[] = [
    ['fps', 31, 'must be a whole number from 1 to 30', '须为 1 到 30 的整数'],
    ['max-bitrate', 'fast', 'must be a whole number from 1 to 20000', '须为 1 到 20000 的整数'],
    ['video-width', 63, 'must be an even number from 64 to 1920, or empty', '须为 64 到 1920 的偶数，或留空'],
    ['skin-whiteness', 1.5, 'must be a number from 0 to 1', '须为 0 到 1 的数'],
    ['muted', 'perhaps', 'must be on or off', '只能是开或关'],
    ['aspect', '1:1', 'must be one of 9:16, 3:4', '须为以下之一：9:16, 3:4'],
    ['url', 'http://x/y', en.mustBe.pushUrl, zh.mustBe.pushUrl],
    ['waiting-image', '/etc/passwd', en.mustBe.webAddress, zh.mustBe.webAddress],
    ['waiting-image-hash', 'abc', en.mustBe.md5, zh.mustBe.md5],
  ]
  for (const [name, value, english, chinese] of rows) {
    t.is(problemWith(name, value, en), english)
    t.is(problemWith(name, value, zh), chinese)
  }
  for (const name of attributeNames) t.is(problemWith(name, entryOf(name).default, en), undefined, name)
})
