import test from 'ava'
import { parseAttributes } from '../../../firmware/pusher/attributes.js'
import { type PresetName, presets } from '../../../firmware/pusher/presets.js'

for (const [name, { values }] of Object.entries(presets))
  test(`preset ${name} stands for its attributes`, (t) => {
    t.deepEqual(parseAttributes({ preset: name }), { ok: true, values: { ...values } })
  })

test('attributes beside a preset count more, wherever they stand', (t) => {
  const expected = { ...presets['hd-live'].values, 'max-bitrate': 900 }
  t.deepEqual(parseAttributes({ preset: 'hd-live', maxBitrate: 900 }), { ok: true, values: expected })
  t.deepEqual(parseAttributes({ 'max-bitrate': 900, preset: 'hd-live' }), { ok: true, values: expected })
})

test('an unknown preset is refused with the known ones, beside every other problem', (t) => {
  for (const preset of ['4k-live', '', 7, null, 'constructor', '__proto__']) {
    const parsed = parseAttributes({ preset, fps: 0 })
    t.false(parsed.ok)
    if (parsed.ok) return
    t.deepEqual(parsed.problems.map(({ path }) => path).toSorted(), ['fps', 'preset'])
    for (const name of Object.keys(presets) as PresetName[])
      t.true(parsed.problems.some(({ message }) => message.includes(name)))
  }
})
