import test from 'ava'
import {
  captureAttributes,
  changeAttributes,
  effectiveAttributes,
} from '../../../firmware/config/attribute-layers.js'
import { type Attributes, defaultAttributes } from '../../../firmware/pusher/attributes.js'

test('run time goes before config.yaml, and that before the default', (t) => {
  const effective = effectiveAttributes({
    configured: { fps: 20, 'max-bitrate': 800 },
    changed: { 'max-bitrate': 900 },
  })
  t.deepEqual(effective, { ...defaultAttributes, fps: 20, 'max-bitrate': 900 })
})

test('null takes a run-time value back, by any of its names', (t) => {
  const layers = { configured: { 'max-bitrate': 800 }, changed: { 'max-bitrate': 900, fps: 20 } }
  const change = changeAttributes(layers, { maxBitrate: null })
  t.true(change.ok)
  if (!change.ok) return
  t.deepEqual(change.changed, { fps: 20 })
  t.is(change.effective['max-bitrate'], 800)
})

test('a change is applied whole or not at all', (t) => {
  const layers = { configured: {}, changed: { fps: 20 } }
  const change = changeAttributes(layers, { fps: 25, 'max-bitrate': 'much' })
  t.like(change, { ok: false, problems: [{ path: 'max-bitrate' }] })
  t.deepEqual(layers.changed, { fps: 20 })
})

test('rules across attributes are checked on what would count', (t) => {
  const layers = { configured: { 'video-height': 640 }, changed: {} }
  t.true(changeAttributes(layers, { 'video-width': 360 }).ok)
  t.like(changeAttributes({ configured: {}, changed: {} }, { 'video-width': 360 }), { ok: false })
})

test('a request that is no object is refused', (t) => {
  for (const request of [undefined, null, [], 'fps', 3]) {
    t.false(changeAttributes({ configured: {}, changed: {} }, request).ok)
  }
})

test('mirror counts as long as nobody has set remote-mirror, wherever either comes from', (t) => {
  const mirrored = (configured: Partial<Attributes>, changed: Partial<Attributes>) =>
    captureAttributes({ configured, changed })['remote-mirror']
  t.false(mirrored({}, {}))
  t.true(mirrored({ mirror: true }, {}))
  t.true(mirrored({}, { mirror: true }))
  t.false(mirrored({ mirror: true }, { mirror: false }))
  t.true(mirrored({ 'remote-mirror': true }, { mirror: false }))
  t.false(mirrored({ 'remote-mirror': false }, { mirror: true }))
  t.false(mirrored({ mirror: true }, { 'remote-mirror': false }))
  t.false(effectiveAttributes({ configured: { mirror: true }, changed: {} })['remote-mirror'])
})

test('a change tells which attributes were named, also those that are as they were', (t) => {
  const change = changeAttributes({ configured: {}, changed: {} }, { zoom: false, maxBitrate: null })
  t.true(change.ok && change.named.includes('zoom') && change.named.includes('max-bitrate'))
})
