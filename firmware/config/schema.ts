/**
 * config.yaml, declared once: validation, defaults, the commented reference and the texts of problems derive
 * from this. Names in the program are the names in the file.
 */
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { posix } from 'node:path'
import { z } from 'zod'
import { effectPlaces } from '../media/graph/looks.js'
import { type Attributes, checkTogether, defaultAttributes, parseAttributes } from '../pusher/attributes.js'
import {
  cameraSpecForms,
  microphoneSpecForms,
  type ParsedSpec,
  parseCameraSpec,
  parseMicrophoneSpec,
} from '../pusher/sources.js'
import { boardIds } from './board-ids.js'
import { boxNameFrom } from './box-name.js'
import { buttonsSection, lightsSection } from './controls.js'
import { key, section } from './key-docs.js'

/** H.264 encoders that can be asked for by name. */
export const encoderNames = ['v4l2h264enc', 'nvv4l2h264enc', 'x264enc', 'openh264enc'] as const

export const logLevels = ['debug', 'info', 'warn', 'error'] as const

const whole = (min: number, max: number) => z.int().min(min).max(max)

const printable = (text: string): boolean => !/\p{Cc}/u.test(text)

const spec = <Spec>(parse: (text: string) => ParsedSpec<Spec>) =>
  z.string().transform((text, context): Spec => {
    const parsed = parse(text)
    if (parsed.ok) return parsed.spec
    context.issues.push({ code: 'custom', input: text, message: parsed.message })
    return z.NEVER
  })

/** A folder that the box owns: absolute, so that it does not depend on where the daemon was started. */
const folder = z
  .string()
  .max(1024)
  .refine((path) => path.startsWith('/') && printable(path), { error: 'must be an absolute path' })
  .refine((path) => !path.split('/').includes('..'), { error: 'must not contain ..' })
  .transform((path) => posix.normalize(path))

/** A file that is read later; a relative name is resolved against the folder of config.yaml by load.ts. */
const file = z.string().min(1).max(4096).refine(printable, { error: 'must not contain a control character' })

/** Who is not on this machine needs a token, whatever the address. */
const listenHost = z
  .string()
  .refine((text) => text === 'localhost' || isIP(text) !== 0, { error: 'must be an IP address or localhost' })
const listenValues = '127.0.0.1 for this machine only; 0.0.0.0, or an address of it, for others with a token'

const port = whole(0, 65535)
const portValues = 'a port from 1 to 65535, or 0 for any free one'

const brokerUrl = z.string().check((context) => {
  const message = brokerUrlProblem(context.value)
  if (message !== undefined) context.issues.push({ code: 'custom', input: '***', message })
})

function brokerUrlProblem(text: string): string | undefined {
  if (!/^(?:mqtts?|wss?):\/\//i.test(text)) return 'must start with mqtt://, mqtts://, ws:// or wss://'
  if (/[\s\p{C}]/u.test(text)) return 'must not contain white space or a control character'
  // URL checks the hosts of its own special schemes only.
  const special = text.replace(/^mqtt(s?):/i, 'http$1:').replace(/^ws(s?):/i, 'http$1:')
  if (text.length > 1024 || !URL.canParse(special))
    return 'must be an address such as mqtts://broker.example:8883'
  const url = new URL(special)
  if (url.username !== '' || url.password !== '') {
    return 'must not contain a user or password: use username and password-file'
  }
  return undefined
}

/** Attributes as the component names them; only those that were written, so that run-time changes can be told apart. */
const initialAttributes = z.unknown().transform((value, context): Partial<Attributes> => {
  const parsed = parseAttributes(value ?? {})
  const problems = parsed.ok ? checkTogether({ ...defaultAttributes, ...parsed.values }) : parsed.problems
  for (const { path, message } of problems) {
    context.issues.push({ code: 'custom', input: '***', message, path: path === '' ? [] : [path] })
  }
  return parsed.ok ? parsed.values : z.NEVER
})

export const configSchema = z.strictObject({
  name: key(
    z
      .string()
      .max(32)
      .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, {
        error: 'must consist of a-z, 0-9 and dashes, without a dash at either end',
      })
      .default(() => boxNameFrom(hostname())),
    {
      help: 'Name of the box: the second part of every MQTT topic. Two boxes on one broker need two names.',
      values: 'a-z, 0-9 and dashes, at most 32 characters',
      example: 'stage-left',
      defaultText: 'the host name',
    },
  ),
  'state-dir': key(folder.prefault('/var/lib/live-pusher'), {
    help: 'Where the box keeps what must survive a power cut: changed attributes, whether it was pushing, the last good configuration, snapshots.',
    values: 'an absolute path',
  }),
  'runtime-dir': key(folder.prefault('/run/live-pusher'), {
    help: 'Where the box keeps files that need not survive a restart.',
    values: 'an absolute path',
  }),
  board: key(z.enum(['auto', ...boardIds]).default('auto'), {
    help: 'The computer that the box runs on; auto recognises it. It decides the order of encoders.',
  }),
  cameras: section('The two cameras that device-position and switchCamera choose between.', {
    front: key(spec(parseCameraSpec).prefault('auto'), {
      help: 'The front camera; auto is the first usable capture device, else the test picture.',
      values: cameraSpecForms,
      example: 'v4l2:/dev/v4l/by-id/usb-046d_C270-video-index0',
    }),
    back: key(spec(parseCameraSpec).prefault('auto'), {
      help: 'The back camera; auto is the second usable capture device, and no camera when there is one device only.',
      values: cameraSpecForms,
      example: 'clip:/srv/clips/street.mp4',
    }),
  }),
  'hot-switch': key(z.boolean().default(false), {
    help: 'Keeps both cameras open, so that switching takes two frames at most. Costs USB bandwidth, power, and the CPU time of capturing, decoding and scaling a second picture; it is not encoded.',
  }),
  zoom: section('Digital zoom.', {
    factor: key(z.number().min(1).max(10).default(2), {
      help: 'What the attribute zoom: true magnifies by; 1 is the whole picture.',
    }),
    max: key(z.number().min(1).max(10).default(5), {
      help: 'Greatest factor that setZoom takes. A camera with few pixels takes less: 64 of them across remain at least.',
    }),
  }),
  torch: section(
    'The light beside the back camera: an LED of the kernel, or a GPIO line. Neither: no torch.',
    {
      led: key(
        z
          .string()
          .regex(/^[A-Za-z0-9][A-Za-z0-9_:.+-]{0,63}$/, { error: 'must be the name of an LED, not a path' })
          .optional(),
        { help: 'Its name below /sys/class/leds.', values: 'a name', example: 'white:torch' },
      ),
      gpio: key(whole(0, 1023).optional(), {
        help: 'Its line, counted from 0 on its chip; high is on.',
        example: '17',
      }),
      chip: key(
        z
          .string()
          .max(64)
          .refine((label) => label !== '' && printable(label), { error: 'must be the label of a GPIO chip' })
          .optional(),
        {
          help: 'Label of the GPIO chip that gpio counts on, as in /sys/class/gpio/gpiochip*/label.',
          values: 'text',
          example: 'pinctrl-bcm2711',
          defaultText: 'the first chip',
        },
      ),
    },
  ),
  buttons: buttonsSection,
  lights: lightsSection,
  microphone: key(spec(parseMicrophoneSpec).prefault('auto'), {
    help: "The microphone; auto is the first usable capture device, else the test tone. A plain clip is the sound of the camera's clip.",
    values: microphoneSpecForms,
    example: 'alsa:hw:CARD=Webcam,DEV=0',
  }),
  sound: section('Sound beside the microphone.', {
    'music-folder': key(folder.optional(), {
      help: 'Folder whose files playBGM may play by their names. Without it background music comes from the web only.',
      values: 'an absolute path',
      example: '/srv/music',
    }),
  }),
  encoder: key(z.enum(['auto', ...encoderNames]).default('auto'), {
    help: "The H.264 encoder; auto takes the first that is installed: the board's hardware encoders, then the software encoders.",
  }),
  'keep-trying': key(z.boolean().default(true), {
    help: 'Goes on trying to reconnect after code -1307, more and more rarely, until stop. false: gives up as the component does.',
  }),
  reconnect: section('Reconnecting after the server or the network was lost, until code -1307.', {
    attempts: key(whole(1, 10).default(3), { help: 'Attempts before -1307.' }),
    'interval-s': key(whole(3, 30).default(3), {
      help: 'Time between attempts. A network that comes back starts one at once.',
      unit: 's',
    }),
  }),
  'waiting-image-file': key(file.optional(), {
    help: 'Picture on the box (JPEG or PNG, at most 1920 × 1920 and 10 MB) that is pushed while the camera is closed on purpose, unless the attribute waiting-image names another.',
    values: 'a file name',
    example: '/etc/live-pusher/waiting.png',
  }),
  'pause-limit-s': key(whole(1, 86_400).default(300), {
    help: 'A stream that is paused for longer is stopped.',
    unit: 's',
  }),
  'background-limit-s': key(whole(1, 86_400).default(180), {
    help: 'A stream that is in the background for longer is stopped.',
    unit: 's',
  }),
  mqtt: section('Control and events. With a url the external broker is used, otherwise the embedded one.', {
    prefix: key(
      z
        .string()
        .max(64)
        .regex(/^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/, {
          error: 'must consist of letters, digits and _.- with single slashes between parts',
        })
        .default('live-pusher'),
      { help: 'First part of every topic.', values: 'letters, digits and _.-, parts separated by /' },
    ),
    url: key(brokerUrl.optional(), {
      help: 'Address of an external broker.',
      values: 'mqtt://, mqtts://, ws:// or wss:// address without user and password',
      example: 'mqtts://broker.example:8883',
    }),
    username: key(
      z
        .string()
        .min(1)
        .max(256)
        .refine(printable, { error: 'must not contain a control character' })
        .optional(),
      {
        help: 'User at the external broker.',
        values: 'text',
        example: 'stage-left',
      },
    ),
    'password-file': key(file.optional(), {
      help: 'File whose first line is the password at the external broker.',
      values: 'a file name',
      example: '/etc/live-pusher/mqtt.password',
    }),
    'ca-file': key(file.optional(), {
      help: 'Certificates (PEM) that the external broker is checked against, instead of the installed ones.',
      values: 'a file name',
      example: '/etc/live-pusher/ca.pem',
    }),
    'cert-file': key(file.optional(), {
      help: 'Client certificate (PEM) shown to the external broker; needs key-file.',
      values: 'a file name',
      example: '/etc/live-pusher/client.pem',
    }),
    'key-file': key(file.optional(), {
      help: 'Private key (PEM) of cert-file.',
      values: 'a file name',
      example: '/etc/live-pusher/client.key',
    }),
    'protocol-version': key(z.literal([5, 4]).default(5), {
      help: 'Protocol spoken with the external broker: 5 (and 4 with a broker that refuses 5), or 4, which is MQTT 3.1.1.',
    }),
    embedded: section('The MQTT broker inside the daemon. It does not run when mqtt.url is set.', {
      enabled: key(z.boolean().default(true), {
        help: 'Runs the embedded broker. false without a url: no MQTT at all.',
      }),
      host: key(listenHost.default('127.0.0.1'), { help: 'Address to listen on.', values: listenValues }),
      port: key(port.default(1883), { help: 'Port to listen on.', values: portValues }),
    }),
  }),
  http: section('Preview, snapshots, MQTT over WebSocket, metrics and health, on one port.', {
    host: key(listenHost.default('127.0.0.1'), { help: 'Address to listen on.', values: listenValues }),
    port: key(port.default(8080), { help: 'Port to listen on.', values: portValues }),
  }),
  'local-rtmp': section('An RTMP server on this machine, to watch the box without a server of your own.', {
    enabled: key(z.literal(['when-no-url', true, false]).default('when-no-url'), {
      help: 'when-no-url: runs, and is pushed to, when there is no url attribute. true: runs always. false: never.',
    }),
    port: key(port.default(1935), { help: 'Port to listen on, on 127.0.0.1.', values: portValues }),
  }),
  log: section('What the daemon writes to its log (standard error, the journal under systemd).', {
    level: key(z.enum(logLevels).default('info'), { help: 'Least important kind of line that is written.' }),
  }),
  media: section('The process that captures and encodes.', {
    effects: key(z.enum(effectPlaces).default('auto'), {
      help: 'Where beauty, whiteness and filters are computed; auto is the GPU if there is one, else the CPU. off: nowhere, and the picture is never touched.',
    }),
    'heartbeat-timeout-ms': key(whole(500, 30_000).default(2000), {
      help: 'Silence after which it counts as hung and is replaced. Raise it on a board whose CPU is full.',
      unit: 'ms',
    }),
  }),
  updates: section('Updates of the whole system, where it has two slots and RAUC (docs/update.md).', {
    enabled: key(z.enum(['auto', 'off']).default('auto'), {
      help: 'auto: where RAUC is configured, `command/update` is obeyed. off: never.',
    }),
    'allow-older': key(z.boolean().default(false), {
      help: 'Whether a bundle may be older than what runs.',
    }),
    'prove-s': key(whole(10, 3600).default(300), {
      help: 'A new system that has not shown by then that it works gives way to the one before.',
      unit: 's',
    }),
    'rauc-config': key(folder.optional(), {
      help: "RAUC's configuration, where it is not in one of its usual places.",
      values: 'an absolute path',
      example: '/etc/rauc/system.conf',
    }),
  }),
  attributes: key(initialAttributes.prefault({}), {
    help: 'Initial live-pusher attributes, by the names of the component. A change at run time (MQTT) has precedence and survives restarts.',
  }),
})

/** A configuration with every key: defaults filled in, file names still as written until load.ts resolves them. */
export type Config = Readonly<z.output<typeof configSchema>>
