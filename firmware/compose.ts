/** Builds the object graph of a running box: the only file besides the command line that imports hw/ and services/. */
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { encoderOrder, encodersWithoutDevice } from '../hw/boards/encoders.js'
import { gstElements } from '../hw/boards/gst-elements.js'
import { recogniseBoard } from '../hw/boards/recognise.js'
import { Devices } from '../hw/devices.js'
import { HotPlug } from '../hw/hot-plug.js'
import { CpuMeter } from '../hw/telemetry/cpu-meter.js'
import { BoardTelemetry } from '../hw/telemetry/telemetry.js'
import { askVcgencmd } from '../hw/telemetry/throttling.js'
import { chooseTorch } from '../hw/torch/choose.js'
import { Console } from '../services/console/console.js'
import { Gate } from '../services/gate.js'
import type { HealthReport } from '../services/http/http-ports.js'
import { HttpServer } from '../services/http/server.js'
import { ListenError } from '../services/listen.js'
import { behindGate } from '../services/mqtt/access.js'
import type { BrokerAddress } from '../services/mqtt/broker-address.js'
import { EmbeddedBroker } from '../services/mqtt/embedded-broker.js'
import { MqttBox } from '../services/mqtt/mqtt-box.js'
import { LocalRtmpServer } from '../services/rtmp-server/local-rtmp-server.js'
import { SystemdNotify } from '../services/systemd/notify.js'
import { exitCodes } from './cli/exit-codes.js'
import { effectiveAttributes } from './config/attribute-layers.js'
import { AttributeStore } from './config/attribute-store.js'
import { readBroker } from './config/broker.js'
import type { LoadOutcome } from './config/load.js'
import { PushMemory } from './config/push-memory.js'
import type { Config } from './config/schema.js'
import { ensureTokens, FollowedTokens } from './config/tokens.js'
import { Controls } from './controls.js'
import { BoardRelief } from './daemon/board-relief.js'
import { LivePusher } from './daemon/live-pusher.js'
import { previewView } from './daemon/preview-view.js'
import { networkFacts } from './daemon/session/network-facts.js'
import { SnapshotStore } from './daemon/snapshot-store.js'
import { WaitingImage } from './daemon/waiting-image/waiting-image.js'
import { createLog, withoutSecrets } from './log.js'
import { MediaSupervisor } from './media/supervisor.js'
import type { AttributeName, Attributes } from './pusher/attributes.js'
import type { Box } from './pusher/events.js'
import type { DebugReport } from './pusher/preview.js'
import { formatCameraSpec, formatMicrophoneSpec } from './pusher/sources.js'
import { Reload } from './reload.js'
import { SystemUpdates } from './updates.js'
import { ownVersion } from './version.js'

/** The phone app, as `npm run build` leaves it. */
const appFolder = fileURLToPath(new URL('../phone-app', import.meta.url))

export interface RunOptions {
  readonly config: Config
  readonly origin: LoadOutcome
  /** reads the configuration again, with the same options */
  readonly load: () => Promise<LoadOutcome>
  /** aborted: end within two seconds */
  readonly signal: AbortSignal
  readonly announce: (line: string) => void
}

/** Runs the box until the signal; gives the exit code. */
export async function run({ config, origin, load, signal, announce }: RunOptions): Promise<number> {
  // Under systemd the journal gets everything through the log; on a terminal people get a console.
  const onTerminal = process.env.JOURNAL_STREAM === undefined
  const log = createLog({ level: onTerminal && config.log.level === 'info' ? 'warn' : config.log.level })
  const [stateDir, runtimeDir] = [config['state-dir'], config['runtime-dir']]
  for (const folder of [stateDir, runtimeDir]) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o750 })
    } catch (error) {
      announce(`live-pusher: the folder ${folder} can't be made: ${messageOf(error)}`)
      return exitCodes.unavailable.code
    }
  }
  const read = await readBroker(config.mqtt)
  if (!read.ok) {
    for (const { path, message } of read.problems) announce(`live-pusher: ${path} ${message}`)
    return exitCodes.config.code
  }
  const wanted = read.broker
  const stack = new StopStack()
  try {
    await build()
    await ended(signal)
    return exitCodes.ok.code
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    announce(
      `live-pusher: ${error.host}:${error.port} can't be used (${error.kind}); choose another port in the configuration`,
    )
    return exitCodes.unavailable.code
  } finally {
    await stack.stop()
  }

  async function build(): Promise<void> {
    const has = gstElements()
    const { board } = await recogniseBoard(config.board)
    const controls = new Controls({
      config,
      board,
      onTerminal: onTerminal && process.stdin.isTTY === true,
      write: (line) => log.warn({}, line),
    })
    stack.push(() => controls.stop())
    void controls.start()
    const devices = new Devices({
      name: config.name,
      ...config.cameras,
      microphone: config.microphone,
      libcamera: (await has('libcamerasrc')) === 'present',
    })
    const decided = await devices.decide()
    const store = new AttributeStore(stateDir)
    const memory = new PushMemory(stateDir)
    const [stored, remembered] = await Promise.all([store.load(), memory.load()])
    const layers = { configured: config.attributes, changed: withoutOverridden(stored.values, origin) }

    const localRtmp = await startLocalRtmp(effectiveAttributes(layers).url)
    const defaultUrl =
      localRtmp === undefined ? '' : `rtmp://127.0.0.1:${localRtmp.rtmpPort}/live/${config.name}`

    const media = new MediaSupervisor({
      runtimeDir,
      heartbeatTimeoutMs: config.media['heartbeat-timeout-ms'],
      onLine: (line) => log.debug({ from: 'media' }, withoutSecrets(line)),
    })
    const order = encoderOrder(board)
    const torch = chooseTorch(config.torch, board.id)
    const torchProblem = await torch?.start().catch(messageOf)
    if (torch) stack.push(() => torch.stop())
    const box = new LivePusher({
      version: ownVersion(),
      policy: {
        attempts: config.reconnect.attempts,
        intervalMs: config.reconnect['interval-s'] * 1000,
        keepTrying: config['keep-trying'],
      },
      pauseLimitMs: config['pause-limit-s'] * 1000,
      backgroundLimitMs: config['background-limit-s'] * 1000,
      layers,
      media,
      devices: {
        camera: (position, picture) => devices.camera(position, picture),
        microphone: (position) => devices.microphone(position),
        focus: (position, automatic) => devices.focus(position, automatic),
        holder: (device) => devices.holder(device),
        encoders: config.encoder === 'auto' ? order : [config.encoder, ...order],
        zoom: config.zoom,
        hotSwitch: config['hot-switch'],
        preset: board.x264Preset,
        withoutDevice: await encodersWithoutDevice(board),
        effects: config.media.effects,
      },
      waitingImage: new WaitingImage({ stateDir, file: config['waiting-image-file'] }),
      snapshots: new SnapshotStore(stateDir),
      ...(torch ? { torch } : {}),
      music: { folder: config.sound['music-folder'], runtimeDir },
      store,
      memory,
      defaultUrl: () => defaultUrl,
      networkFacts,
    })
    box.on('statechange', (event) => log.info(event, 'status code'))
    box.on('notice', ({ message, ...notice }) => log.warn(notice, message))
    box.start()
    stack.push(async () => box.stop())
    controls.follow(box)
    const hotPlug = new HotPlug({ onPlugged: () => box.devicesChanged() })
    hotPlug.start()
    stack.push(async () => hotPlug.stop())
    media.start()
    stack.push(() => media.stop())

    const screen = onTerminal
      ? new Console(box, {
          write: (text) => void process.stdout.write(text),
          live: process.stdout.isTTY === true,
        })
      : undefined
    const say = (line: string): void => (screen ? screen.line(line) : log.info({}, line))
    screen?.start()
    stack.push(async () => screen?.stop())
    say(`LivePusher Box ${ownVersion()} "${config.name}" on ${board.title}`)
    say(`camera      ${formatCameraSpec(decided.cameras.front.spec)} (${decided.cameras.front.why})`)
    if (controls.buttons) say(`buttons     ${controls.buttons.title}`)
    say(`microphone  ${formatMicrophoneSpec(decided.microphone.spec)} (${decided.microphone.why})`)

    const updates = new SystemUpdates({
      config,
      box,
      media,
      broker: () => mqtt === undefined || mqtt.status().state === 'connected',
    })
    const noTokens = await ensureTokens(stateDir).then(() => undefined, messageOf)
    const tokens = new FollowedTokens(stateDir)
    const gate = new Gate({
      tokens: () => tokens.current(),
      onLock: (address, forMs) =>
        box.notice(
          'locked-out',
          `Too many wrong tokens came from ${address}: it is locked out for a while.`,
          {
            kind: 'locked-out',
            ...{ address, forMs },
          },
        ),
    })
    const { broker, mqtt } = await startMqtt(updates.served, gate)
    tokens.follow(() => broker?.dropGuests())
    stack.push(async () => tokens.stop())
    // For the watchdog: a media process that is being replaced is looked after, and no new box brings a broker back.
    const alive = (): HealthReport => {
      const reasons = [...(media.neglected ? ['the media process is silent'] : []), ...box.complaints()]
      return { ok: reasons.length === 0, reasons }
    }
    const health = (): HealthReport => {
      const reasons = [...(media.up ? [] : ['the media process is not up']), ...box.complaints()]
      const broker = mqtt && mqtt.status().state !== 'connected' ? [`MQTT is ${mqtt.status().state}`] : []
      return { ok: reasons.length === 0, reasons: [...reasons, ...broker], state: box.state().state }
    }
    const snapshots = new SnapshotStore(stateDir)
    const mqttEndpoint = broker
      ? ({ kind: 'embedded', accept: broker.accept.bind(broker) } as const)
      : wanted.kind === 'external'
        ? wanted
        : undefined
    const cpu = new CpuMeter()
    await cpu.read()
    const debug = async (): Promise<DebugReport> => box.debug(await cpu.read())
    const http = await onPort('http.port', config.http.port, async (port) => {
      const server = new HttpServer({
        host: config.http.host,
        port,
        box,
        gate,
        name: config.name,
        topicPrefix: config.mqtt.prefix,
        appFolder,
        health,
        debug,
        preview: { open: () => openPreview(media) },
        previewView: () => previewView(config.name, box, debug),
        snapshots: { read: (id) => snapshots.read(id) },
        ...(mqttEndpoint ? { mqtt: mqttEndpoint } : {}),
        mqttAddress: () => (broker ? `mqtt://127.0.0.1:${broker.address()?.port}` : config.mqtt.url),
      })
      await server.start(signal)
      return server
    })
    stack.push(() => http.stop())

    const relief = new BoardRelief(box, board.thermal.hotC)
    const telemetry = new BoardTelemetry({
      diskOf: stateDir,
      zone: board.thermal.zone,
      ...(board.id.startsWith('raspberry-pi') ? { askFirmware: askVcgencmd } : {}),
      onReading: (reading) => {
        box.relay('telemetry', reading)
        relief.take(reading)
      },
    })
    telemetry.start(signal)
    stack.push(() => telemetry.stop())

    const systemd = new SystemdNotify({ health: alive })
    await systemd.start(signal)
    stack.push(() => systemd.stop())
    box.on('state', ({ state, url }) => systemd.status(url === '' ? state : `${state} ${url}`))
    if (process.env.NOTIFY_SOCKET !== undefined) {
      const reload = new Reload({ config, load, box, systemd })
      stack.push(async () => reload.stop())
      reload.start()
    }
    await systemd.ready()

    const httpPort = http.address()?.port
    if (localRtmp) say(`watch       ${defaultUrl}`)
    say(`preview     http://127.0.0.1:${httpPort}/preview`)
    say(`phone app   http://127.0.0.1:${httpPort}/#pair=${config.name}`)
    say(`MQTT        ${mqttText()}`)

    for (const { kind, message } of [...stored.warnings, ...(remembered.warning ? [remembered.warning] : [])])
      box.notice(`storage-${kind}`, message)
    if (noTokens !== undefined)
      box.notice('storage-tokens', `Nobody gets in from outside: the tokens can't be kept: ${noTokens}`)
    if (torchProblem) box.notice('torch-failed', `The torch can't be used: ${torchProblem}`)
    if (origin.kind === 'last-good')
      box.notice(
        'config-last-good',
        `The configuration ${origin.file} has problems: the last good one is used.`,
        {
          kind: 'config',
          problems: origin.problems
            .map(({ path, message }) => `${path} ${message}`)
            .join('; ')
            .slice(0, 1000),
        },
      )
    box.loadWaitingImage()
    const attributes = effectiveAttributes(layers)
    if (remembered.pushing || (attributes.autopush && attributes.url !== '') || defaultUrl !== '')
      await box.goOn(remembered.paused)
    controls.obey(box)
    stack.push(() => updates.stop())
    await updates.start()

    function mqttText(): string {
      if (broker)
        return `mqtt://127.0.0.1:${broker.address()?.port}  topics ${config.mqtt.prefix}/${config.name}/…`
      return config.mqtt.url === undefined
        ? 'none'
        : `${config.mqtt.url}  topics ${config.mqtt.prefix}/${config.name}/…`
    }
  }

  /** The local RTMP server, when the configuration wants one; its end is told, and a new one started. */
  async function startLocalRtmp(url: string): Promise<{ rtmpPort: number } | undefined> {
    const { enabled, port } = config['local-rtmp']
    if (enabled === false || (enabled === 'when-no-url' && url !== '')) return undefined
    const server = new LocalRtmpServer({
      rtmpPort: port,
      onExit: (cause) => {
        log.error(cause, 'the local RTMP server ended and is started again')
        if (!signal.aborted)
          server
            .start(signal)
            .catch((error: unknown) =>
              log.error({ error: messageOf(error) }, 'the local RTMP server did not start'),
            )
      },
    })
    stack.push(() => server.stop())
    return server.start(signal)
  }

  async function startMqtt(box: Box, gate: Gate): Promise<{ broker?: EmbeddedBroker; mqtt?: MqttBox }> {
    const { prefix } = config.mqtt
    if (wanted.kind === 'none') return {}
    if (wanted.kind === 'external') return { mqtt: await startMqttBox(box, wanted, true) }
    const broker = await onPort('mqtt.embedded.port', wanted.port, async (port) => {
      const candidate = new EmbeddedBroker({
        prefix,
        box: config.name,
        ...{ host: wanted.host, port, authenticate: behindGate(gate) },
      })
      await candidate.start(signal)
      return candidate
    })
    stack.push(() => broker.stop())
    return { broker, mqtt: await startMqttBox(box, broker.boxConnection(), false) }
  }

  async function startMqttBox(box: Box, broker: BrokerAddress, claim: boolean): Promise<MqttBox> {
    const { prefix, 'protocol-version': protocolVersion } = config.mqtt
    // Who holds the name is often the same box, whose old process is still ending.
    const times = { conflictRetryMs: 5_000 }
    const mqtt = new MqttBox({ box, prefix, name: config.name, broker, protocolVersion, claim, times })
    mqtt.on('disconnected', (why) => log.warn(why, 'MQTT was disconnected'))
    mqtt.on('connected', (where) => log.info(where, 'MQTT was connected'))
    mqtt.on('conflict', ({ base }) =>
      announce(
        `live-pusher: ANOTHER BOX LIVES AS ${base}: this one obeys nobody over MQTT; give it another name`,
      ),
    )
    mqtt.on('notice', ({ message, ...notice }) => log.warn(notice, message))
    await mqtt.start(signal)
    stack.push(() => mqtt.stop())
    return mqtt
  }

  /** Somebody who just tries the box gets a free port when the usual one is taken; a configured port is meant. */
  async function onPort<Server>(
    key: string,
    port: number,
    open: (port: number) => Promise<Server>,
  ): Promise<Server> {
    try {
      return await open(port)
    } catch (error) {
      const chosen = origin.kind !== 'failed' && origin.sources.has(key)
      if (!(error instanceof ListenError) || error.kind !== 'port-in-use' || chosen || !onTerminal)
        throw error
      announce(`port ${port} is in use (${key}): a free one is taken`)
      return open(0)
    }
  }
}

/** The live picture once its first byte is there. @throws when there is none to be expected */
const openPreview = async (media: MediaSupervisor): Promise<Readable> => {
  const preview = media.openPreview()
  try {
    await once(preview, 'readable')
  } catch (error) {
    throw new Error('the media process is being started', { cause: error })
  }
  if (preview.readableLength > 0) return preview
  preview.destroy()
  throw new Error('nothing is shown: start pushing or the preview first')
}

/** What was started, stopped in reverse order. */
class StopStack {
  readonly #stops: (() => Promise<void>)[] = []

  push(stop: () => Promise<void>): void {
    this.#stops.push(stop)
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop().catch(() => {})
  }
}

const ended = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort')
}

/** What was set at run time, but for what the command line sets now. */
const withoutOverridden = (values: Partial<Attributes>, origin: LoadOutcome): Partial<Attributes> => {
  if (origin.kind === 'failed') return values
  const byOption = (name: string): boolean => origin.sources.get(`attributes.${name}`)?.kind === 'option'
  return Object.fromEntries(Object.entries(values).filter(([name]) => !byOption(name as AttributeName)))
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
