/** Rules across keys of config.yaml, which no type of one key can say. */
import { buttonNames } from '../pusher/buttons.js'
import type { Problem } from '../pusher/events.js'
import { lightNames } from '../pusher/lights.js'
import type { Config } from './schema.js'

type Raw = Readonly<Record<string, unknown>>

const mapAt = (raw: Raw, name: string): Raw => {
  const value = raw[name]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {}
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null

/** Rules about what is written at all; they hold whether or not the values are legal. */
export function writtenProblems(raw: Raw): Problem[] {
  const mqtt = mapAt(raw, 'mqtt')
  const problem = (name: string, message: string): Problem => ({ path: `mqtt.${name}`, message })
  const without = (name: string, needed: string): Problem[] =>
    isSet(mqtt[name]) && !isSet(mqtt[needed]) ? [problem(name, `has no effect without mqtt.${needed}`)] : []
  const secure = typeof mqtt.url === 'string' && /^(?:mqtts|wss):/i.test(mqtt.url)
  return [
    ...['username', 'password-file', 'ca-file', 'cert-file', 'key-file'].flatMap((name) =>
      without(name, 'url'),
    ),
    ...(isSet(mqtt.url)
      ? [
          ...without('password-file', 'username'),
          ...without('cert-file', 'key-file'),
          ...without('key-file', 'cert-file'),
          ...['ca-file', 'cert-file', 'key-file']
            .filter((name) => isSet(mqtt[name]) && !secure)
            .map((name) => problem(name, 'is used with an mqtts:// or wss:// url only')),
        ]
      : []),
  ]
}

/** Rules about the values together, when each of them is legal. */
export function valueProblems(config: Config): Problem[] {
  return [
    ...samePorts(config),
    ...clipSound(config),
    ...zoomRange(config),
    ...oneTorch(config),
    ...controls(config),
  ]
}

function samePorts(config: Config): Problem[] {
  const embedded = config.mqtt.url === undefined && config.mqtt.embedded.enabled
  const ports = [
    ...(embedded ? [{ path: 'mqtt.embedded.port', port: config.mqtt.embedded.port }] : []),
    { path: 'http.port', port: config.http.port },
    ...(config['local-rtmp'].enabled === false
      ? []
      : [{ path: 'local-rtmp.port', port: config['local-rtmp'].port }]),
  ]
  return ports.flatMap(({ path, port }, index) => {
    const other = ports.slice(0, index).find((earlier) => earlier.port === port && port !== 0)
    return other ? [{ path, message: `is the same port as ${other.path}` }] : []
  })
}

function oneTorch({ torch }: Config): Problem[] {
  const problem = (name: string, message: string): Problem => ({ path: `torch.${name}`, message })
  return [
    ...(torch.led !== undefined && torch.gpio !== undefined
      ? [problem('gpio', 'is another light than torch.led: give one of them')]
      : []),
    ...(torch.chip !== undefined && torch.gpio === undefined
      ? [problem('chip', 'has no effect without torch.gpio')]
      : []),
  ]
}

/** Buttons and lights: what is set must have an effect, and no line has two uses. */
function controls({ buttons, lights, torch }: Config): Problem[] {
  const { driver, chip, port } = buttons
  const onPanel = driver === 'johnny-five'
  const lit = lightNames.map((name) => ({ path: `lights.${name}`, spec: lights[name] }))
  const panel = lit.find(({ spec }) => spec.kind === 'panel')
  const gpio = lit.some(({ spec }) => spec.kind === 'gpio' || spec.kind === 'board')
  const places = [
    ...buttonNames.flatMap((name) => {
      const { line } = buttons[name]
      const kind = onPanel ? 'panel' : driver === 'keyboard' ? 'key' : 'gpio'
      return line === undefined || line === 'none'
        ? []
        : [{ path: `buttons.${name}.line`, at: `${kind}:${line}` }]
    }),
    ...(torch.gpio !== undefined && torch.chip === chip
      ? [{ path: 'torch.gpio', at: `gpio:${torch.gpio}` }]
      : []),
    ...lit.flatMap(({ path, spec }) =>
      spec.kind === 'gpio'
        ? [{ path, at: `gpio:${spec.line}` }]
        : spec.kind === 'panel'
          ? [{ path, at: `panel:${spec.pin}` }]
          : [],
    ),
  ]
  return [
    ...(onPanel && port === undefined
      ? [{ path: 'buttons.port', message: 'is needed by the driver johnny-five' }]
      : []),
    ...(panel && port === undefined && !onPanel
      ? [{ path: panel.path, message: 'needs the serial port buttons.port' }]
      : []),
    ...(port !== undefined && !onPanel && !panel
      ? [
          {
            path: 'buttons.port',
            message: 'has no effect without the driver johnny-five or a light panel:PIN',
          },
        ]
      : []),
    ...(chip !== undefined && (onPanel || driver === 'keyboard' || driver === 'none') && !gpio
      ? [{ path: 'buttons.chip', message: `has no effect with the driver ${driver}` }]
      : []),
    ...buttonNames.flatMap((name) => {
      const { line } = buttons[name]
      if (driver !== 'keyboard' || line === undefined || line === 'none' || isKey(line)) return []
      return [
        { path: `buttons.${name}.line`, message: 'must be a letter from a to z with the driver keyboard' },
      ]
    }),
    ...places.flatMap(({ path, at }, index) => {
      const other = places.slice(0, index).find((earlier) => earlier.at === at)
      return other ? [{ path, message: `is the same line as ${other.path}` }] : []
    }),
  ]
}

const isKey = (line: number | string): boolean => typeof line === 'string' && /^[a-z]$/.test(line)

function zoomRange({ zoom }: Config): Problem[] {
  return zoom.factor > zoom.max ? [{ path: 'zoom.factor', message: 'is greater than zoom.max' }] : []
}

function clipSound({ cameras, microphone }: Config): Problem[] {
  if (microphone.kind !== 'clip' || microphone.file !== undefined) return []
  if (cameras.front.kind === 'clip' || cameras.back.kind === 'clip') return []
  return [{ path: 'microphone', message: 'clip needs a camera that is a clip, or a file: clip:FILE' }]
}
