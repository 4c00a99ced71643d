import test from 'ava'
import { codeOf, codes, errorCodes, type StatusCode } from '../../../firmware/pusher/codes.js'

/** Spec section 8. */
const emitted = {
  event: [1001, 1002, 1003, 1005, 1006, 1007, 1008],
  warning: [1101, 1102, 1103, 1104, 3001, 3002, 3003, 3004, 3005, 5000],
  error: [-1301, -1302, -1303, -1304, -1305, -1306, -1307, -1311, -1313, 10001, 10002, 10003, 10004],
} as const

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const never = [
  ...[
    0, 1004, 1105, 1106, 1108, 4998, 4999, -1308, -1309, -1310, -1312, -100018, 2003, 2004, 2007, 5001, 1107,
  ],
  ...[...range(1009, 1012), ...range(1018, 1025), ...range(1027, 1034), ...range(1109, 1112)],
  ...[...range(1201, 1205), ...range(3006, 3010), ...range(-1320, -1314), ...range(-1326, -1324)],
]

const numerically = (left: number, right: number) => left - right

test('has every code of the specification, once', (t) => {
  const expected = [...Object.values(emitted).flat(), ...never]
  t.deepEqual([...codes.keys()].toSorted(numerically), expected.toSorted(numerically))
})

for (const [level, numbers] of Object.entries(emitted)) {
  for (const code of numbers) {
    test(`${code} is emitted as ${level}, with a meaning and a next step in both languages`, (t) => {
      const entry = codeOf(code as StatusCode)
      t.is(codes.get(code), entry)
      t.is(entry.code, code)
      t.is(entry.level as string, level)
      t.true(entry.emitted)
      t.regex(entry.name, /^[A-Z][A-Z_]+$/)
      t.regex(entry.message, /^[A-Z].*\.$/)
      t.regex(entry.nextStep, /^[A-Z].*\.$/)
      t.regex(entry.messageZh, /\p{Script=Han}.*。$/u)
      t.regex(entry.nextStepZh, /\p{Script=Han}.*。$/u)
    })
  }
}

test('a code that is never emitted says why', (t) => {
  for (const code of never) {
    const entry = codes.get(code)
    t.false(entry?.emitted, String(code))
    t.regex(entry?.why ?? '', /^[A-Z].*\.$/, String(code))
    t.regex(entry?.messageZh ?? '', /\p{Script=Han}/u, String(code))
  }
})

test('the names are those of the component, its misspellings included', (t) => {
  t.is(codeOf(1001).name, 'PUSH_EVT_CONNECT_SUCC')
  t.is(codeOf(1002).name, 'PUSH_EVT_PUSH_BEGIN')
  t.is(codeOf(1102).name, 'PUSH_WARNING_RECONNECT')
  t.is(codeOf(3002).name, 'PUSH_WARNING_SEVER_CONN_FAIL')
  t.is(codeOf(3005).name, 'PUSH_WARNING_READ_WRITE_FAIL')
  t.is(codeOf(-1307).name, 'PUSH_ERR_NET_DISCONNECT')
  t.is(codeOf(-1313).name, 'PUSH_ERR_INVALID_ADDRESS')
})

test('no two emitted codes share a name', (t) => {
  const names = Object.values(emitted)
    .flat()
    .map((code) => codeOf(code).name)
  t.is(new Set(names).size, names.length)
})

test('refuses a number that is not a code of the box', (t) => {
  t.throws(() => codeOf(1105 as StatusCode), { message: '1105 is not a status code of the box' })
})

test('four codes go to the error event too', (t) => {
  t.deepEqual([...errorCodes], [10001, 10002, 10003, 10004])
})
