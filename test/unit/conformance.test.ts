/** The chapter "promise by promise" of docs/live-pusher.md says of each row that works which test shows it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { attributeNames, entryOf } from '../../firmware/pusher/attributes.js'
import { conformance } from '../../scripts/conformance.js'
import { proofs } from '../../scripts/conformance-proofs.js'

const tests = fileURLToPath(new URL('../../../test/', import.meta.url))
/** What a row is found by in its test: the name or the code. */
const nameOf = (promise: string): string =>
  /^-?\d+/.exec(promise)?.[0] ?? promise.replaceAll(/[`()]|preset /g, '')

const aliasesOf = (name: string): readonly string[] => {
  const attribute = attributeNames.find((each) => each === name)
  return (attribute && entryOf(attribute).aliases) ?? []
}

test('every promise is kept and shown by a test that is there, or has a reason', (t) => {
  const rows = conformance()
  t.true(rows.length > 180)
  for (const { promise, whyNot, proof } of rows) {
    if (whyNot !== undefined) t.true(whyNot.length > 10, promise)
    else t.true(proof !== undefined && existsSync(join(tests, proof)), `${promise}: ${proof}`)
  }
})

test('the test of an attribute, method or code speaks of it', (t) => {
  const silent = conformance().flatMap(({ section, promise, proof }) => {
    if (proof === undefined || !['2', '6.1', '8'].includes(section) || promise.includes(' and ')) return []
    const name = nameOf(promise)
    if (proofs[name] === undefined) return []
    const text = readFileSync(join(tests, proof), 'utf8')
    return [name, ...aliasesOf(name)].some((each) => text.includes(each)) ? [] : [`${proof}: ${name}`]
  })
  t.deepEqual(silent, [])
})

test('no proof is left of what is no promise any more', (t) => {
  const names = new Set(conformance().map(({ promise }) => nameOf(promise)))
  const left = Object.keys(proofs).filter((name) => name !== 'preset' && !names.has(name))
  t.deepEqual(left, [])
})
