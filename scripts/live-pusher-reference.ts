import {
  type Applies,
  type AttributeEntry,
  type AttributeName,
  attributeNames,
  camelCase,
  defaultAttributes,
  entryOf,
} from '../firmware/pusher/attributes.js'
import { type CodeEntry, codes } from '../firmware/pusher/codes.js'
import { callOrder, type MethodEntry, methodNames, methods, refusals } from '../firmware/pusher/context.js'
import { ladder, pictureSize, type Size } from '../firmware/pusher/geometry.js'
import { musicUrlForms } from '../firmware/pusher/music-url.js'
import { presets } from '../firmware/pusher/presets.js'
import { conformanceChapter } from './conformance.js'
import { code, table } from './markdown.js'

/** The text of docs/live-pusher.md, from the tables of firmware/pusher alone. */
export function livePusherReference(): string {
  const sections = [
    introduction(),
    attributeSections(),
    sizes(),
    presetTable(),
    methodSections(),
    codeSections(),
    conformanceChapter(),
  ]
  return `${sections.flat().join('\n\n')}\n`
}

const introduction = () => [
  '<!-- Generated from the tables in firmware/pusher by `npm run generate`. Do not edit. -->',
  '# Reference: attributes, methods, codes',
  'What the box takes and what it says. Names and values are those of the `<live-pusher>` component; topics and payloads are those of the MQTT contract.',
]

const applies: Readonly<Record<Applies, string>> = {
  live: 'live',
  encoder: 'encoder restart',
  session: 'next start',
  fixed: 'for good',
}

function attributeSections(): readonly string[] {
  const withEffect = (effect: AttributeEntry['effect']) =>
    attributeNames.filter((name) => entryOf(name).effect === effect)
  const headers = ['Attribute', 'Must be', 'Default', 'Unit', 'A change takes', 'Since', 'Meaning', '含义']
  const row = (name: AttributeName): readonly string[] => {
    const entry = entryOf(name)
    return [
      [name, ...(entry.aliases ?? [])].map(code).join(' or '),
      entry.schema.description ?? '',
      code(JSON.stringify(entry.default)),
      entry.unit ?? '',
      applies[entry.applies],
      entry.since ?? 'not in WeChat',
      entry.help,
      entry.helpZh,
    ]
  }
  return [
    '## Attributes',
    `${code('…/attributes/set')} takes a JSON object of some of them, in kebab-case or camelCase (${code('max-bitrate')} or ${code(camelCase('max-bitrate'))}). Numbers and booleans may be strings; ${code('null')} gives the default. All of it is applied, or nothing: every problem is reported under the name that it was sent with.`,
    'A change while pushing takes one of these. _live_: applied without a gap. _encoder restart_: the encoder restarts or renegotiates, the RTMP session goes on. _next start_: used when pushing starts the next time. _for good_: it can not be changed back.',
    'A `min-bitrate` above `max-bitrate` counts as `max-bitrate`. `video-width` and `video-height` are set together. Custom effects other than 0 need `custom-effect`.',
    '### Attributes that work',
    table(headers, withEffect('works').map(row)),
    ...(withEffect('stored').length === 0
      ? []
      : [
          '### Attributes without an effect yet',
          'They are validated, stored and published; the reply says that they have no effect yet.',
          table(headers, withEffect('stored').map(row)),
        ]),
    '### Attributes that never have an effect on this device',
    'They are validated and stored, so that a page written for the component works unchanged.',
    table(
      ['Attribute', 'Must be', 'Default', 'Since', 'Meaning', '含义', 'Why not'],
      withEffect('none').map((name) => {
        const [label = '', allowed = '', value = '', , , since = '', help = '', helpZh = ''] = row(name)
        return [label, allowed, value, since, help, helpZh, entryOf(name).reason ?? '']
      }),
    ),
  ]
}

function sizes(): readonly string[] {
  const modes = ['RTC', 'SD', 'HD', 'FHD', 'HVGA', 'QVGA'] as const
  const written = ({ width, height }: Size) => `${width} × ${height}`
  const size = (mode: (typeof modes)[number], aspect: '9:16' | '3:4') =>
    written(pictureSize({ ...defaultAttributes, mode, aspect }))
  const steps = (top: Size) => ladder(top).map((step) => [String(step.minKbps), written(step)])
  return [
    '## Picture size',
    'Vertical; a horizontal orientation swaps width and height. An explicit `video-width` and `video-height` win over everything else.',
    table(
      ['mode', '9:16', '3:4'],
      modes.map((mode) => [code(mode), size(mode, '9:16'), size(mode, '3:4')]),
    ),
    'The ladder between bitrate and size never goes above the size of the mode.',
    table(['9:16 from kbit/s', 'size'], steps({ width: 1080, height: 1920 })),
    table(['3:4 from kbit/s', 'size'], steps({ width: 960, height: 1280 })),
  ]
}

function presetTable(): readonly string[] {
  const rows = Object.entries(presets).map(([name, { title, titleZh, remark, values }]) => [
    code(name),
    `${title} ${titleZh}`,
    ...[values.mode, values['min-bitrate'], values['max-bitrate'], values['audio-quality']].map(String),
    remark,
  ])
  return [
    '## Recommended settings',
    table(['Name', 'Scene', 'mode', 'min-bitrate', 'max-bitrate', 'audio-quality', 'Remark'], rows),
  ]
}

const support: Readonly<Record<MethodEntry['support'], string>> = {
  works: 'works',
  unsupported: 'never on this device',
}

function methodSections(): readonly string[] {
  const phases = Object.entries(callOrder)
  const working = methodNames.filter((name) => methods[name].support === 'works')
  return [
    '## Methods',
    `Published to ${code('…/command/<method>')}; ${code('setAttributes')} is ${code('…/attributes/set')}. No payload, ${code('{}')} and ${code('null')} are the same for a method without options.`,
    table(
      ['Method', 'Support', 'Since', 'Meaning', 'Why not'],
      methodNames.map((name) => {
        const entry: MethodEntry = methods[name]
        return [
          code(name),
          support[entry.support],
          entry.since ?? 'of the box',
          entry.help,
          entry.reason ?? '',
        ]
      }),
    ),
    `${code('snapshot')} takes ${code('quality')} (${code('raw')}, the default, or ${code('compressed')}) and ${code('sourceType')} (${code('stream')}, the default, or ${code('view')}).`,
    `${code('playBGM')} takes ${code('url')} (${musicUrlForms}) and, in milliseconds of the file, ${code('startTimeMs')} (negative or beyond the end: from the start) and ${code('endTimeMs')} (0, negative or beyond the end: to the end). Music from the web plays once all of it is there. It is mixed in behind everything that is done to the microphone: ${code('muted')}, ${code('pause')}, ${code('setMICVolume')}, gain, noise suppression, reverb and voice changer leave it as it is. A stop ends it.`,
    '### Order of calls',
    '_do_: it is done. _ok_: nothing to do, it succeeds. _store_: it takes effect at the next start or resume. _fail_: it is refused. `failed` is the state after -1307.',
    table(
      ['Method', ...phases.map(([phase]) => phase)],
      working.map((name) => [code(name), ...phases.map(([, rules]) => rules[name])]),
    ),
    '### Refusals',
    `A failed reply has one of these as ${code('errCode')} and ${code('operateLivePusher:fail <reason>')} as ${code('errMsg')}.`,
    table(
      ['errCode', 'Meaning'],
      Object.values(refusals).map(({ errCode, meaning }) => [String(errCode), meaning]),
    ),
  ]
}

function codeSections(): readonly string[] {
  const all = [...codes.values()]
  const emitted = (level: CodeEntry['level']) =>
    table(
      ['Code', 'Name', 'What happened', '发生了什么', 'What to do', '如何处理'],
      all
        .filter((entry) => entry.emitted && entry.level === level)
        .map((entry) => [
          String(entry.code),
          code(entry.name),
          entry.message,
          entry.messageZh,
          entry.nextStep,
          entry.nextStepZh,
        ]),
    )
  return [
    '## Status codes',
    `Published on ${code('…/event/statechange')}, each with its cause; 10001 to 10004 on ${code('…/event/error')} too.`,
    '### Events',
    emitted('event'),
    '### Warnings',
    emitted('warning'),
    '### Errors',
    emitted('error'),
    '### Codes that the box never emits',
    table(
      ['Code', 'Name', 'Meaning', '含义', 'Why not'],
      all
        .filter((entry) => !entry.emitted)
        .map((entry) => [
          String(entry.code),
          code(entry.name),
          entry.message,
          entry.messageZh,
          entry.why ?? '',
        ]),
    ),
  ]
}
