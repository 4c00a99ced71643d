import { Counter, Gauge, Registry } from 'prom-client'
import type { Box, BoxStateName, NetStatus, Telemetry } from '../../firmware/pusher/events.js'

const prefix = 'live_pusher_'
const startedAtS = Date.now() / 1000 - process.uptime()

const states: readonly BoxStateName[] = [
  'idle',
  'starting',
  'connecting',
  'pushing',
  'paused',
  'reconnecting',
  'stopping',
  'failed',
]

/** Outside of these there is no netstatus, and the last one says nothing. */
const streaming: ReadonlySet<BoxStateName> = new Set(['pushing', 'paused', 'reconnecting'])

const netStatusGauges: { readonly [Key in keyof NetStatus]: readonly [name: string, help: string] } = {
  videoBitrate: ['video_bitrate_kbps', 'kbit/s leaving the video encoder'],
  audioBitrate: ['audio_bitrate_kbps', 'kbit/s leaving the audio encoder'],
  videoFPS: ['video_fps', 'frames per second leaving the video encoder'],
  videoGOP: ['video_gop_seconds', 'seconds between keyframes'],
  netSpeed: ['net_speed_kbps', 'kbit/s really sent'],
  netJitter: ['net_jitter_ms', 'jitter of the uplink in ms'],
  netQualityLevel: ['net_quality_level', '0 unknown, 1 best to 5 very poor, 6 no connection'],
  videoWidth: ['video_width_pixels', 'width of the pushed picture'],
  videoHeight: ['video_height_pixels', 'height of the pushed picture'],
  videoCache: ['video_cache_frames', 'video frames waiting to be sent'],
  audioCache: ['audio_cache_frames', 'audio frames waiting to be sent'],
}

/** `throttled` has a gauge of its own. */
const telemetryGauges: {
  readonly [Key in Exclude<keyof Telemetry, 'throttled'>]-?: readonly [name: string, help: string]
} = {
  temperatureC: ['board_temperature_celsius', "temperature of the board's CPU"],
  cpu: ['board_cpu_ratio', 'load of all CPUs together, 0 to 1'],
  memoryMB: ['board_memory_used_megabytes', 'memory in use, MB'],
  diskFreeMB: ['board_disk_free_megabytes', 'what the box may still write, MB'],
  uptimeS: ['board_uptime_seconds', 'seconds since the board started'],
}

/** The figures of `/metrics`, kept up to date by the events of the box between start and stop. */
export class BoxMetrics {
  readonly #box: Box
  readonly #registry = new Registry()
  readonly #viewers: () => number
  readonly #status = this.#counter('status_total', 'status codes emitted', ['code', 'level'])
  readonly #errors = this.#counter('errors_total', 'binderror events emitted', ['code'])
  readonly #telemetry = Object.fromEntries(
    Object.entries(telemetryGauges).map(([key, [name, help]]) => [key, this.#gauge(name, help)]),
  )
  readonly #throttled = this.#gauge(
    'board_throttled',
    'what slows the board down; -before: since the start',
    ['reason'],
  )
  readonly #netStatus: { readonly [Key in keyof NetStatus]: Gauge }
  #unsubscribe: (() => void)[] = []

  /** `viewers`: how many watch the preview */
  constructor(box: Box, viewers: () => number) {
    this.#box = box
    this.#viewers = viewers
    this.#netStatus = Object.fromEntries(
      Object.entries(netStatusGauges).map(([key, [name, help]]) => [key, this.#gauge(name, help)]),
    ) as { readonly [Key in keyof NetStatus]: Gauge }
    this.#describeBox()
    this.#describeProcess()
  }

  start(): void {
    if (this.#unsubscribe.length > 0) return
    this.#unsubscribe = [
      this.#box.on('statechange', ({ code, level }) => this.#status.inc({ code: String(code), level })),
      this.#box.on('error', ({ errCode }) => this.#errors.inc({ code: String(errCode) })),
      this.#box.on('telemetry', (telemetry) => this.#board(telemetry)),
      this.#box.on('netstatus', ({ info }) => {
        for (const [key, gauge] of Object.entries(this.#netStatus)) gauge.set(info[key as keyof NetStatus])
      }),
      this.#box.on('state', ({ state }) => {
        if (!streaming.has(state)) for (const gauge of Object.values(this.#netStatus)) gauge.reset()
      }),
    ]
  }

  /** What the board can't give has no line. */
  #board({ throttled, ...values }: Telemetry): void {
    for (const [key, gauge] of Object.entries(this.#telemetry)) {
      const value = values[key as keyof typeof values]
      if (value === undefined) gauge.remove()
      else gauge.set(value)
    }
    this.#throttled.reset()
    for (const reason of throttled ?? []) this.#throttled.set({ reason }, 1)
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** Prometheus text. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #describeBox(): void {
    const state = () => this.#box.state()
    this.#gauge('state', '1 for the state that the box is in', ['state'], (gauge) => {
      const current = state().state
      for (const name of states) gauge.set({ state: name }, name === current ? 1 : 0)
    })
    this.#gauge('info', 'version and encoder as labels', ['version', 'encoder'], (gauge) => {
      const { version, encoder } = state()
      gauge.reset()
      gauge.set({ version, encoder }, 1)
    })
    this.#gauge('reconnect_attempt', 'the reconnection attempt going on, 0 when none is', [], (gauge) =>
      gauge.set(state().attempt),
    )
    this.#gauge('muted', '1 while muted', [], (gauge) => gauge.set(state().muted ? 1 : 0))
    this.#counter('sessions_total', 'RTMP sessions that began to publish', [], (counter) => {
      counter.reset()
      counter.inc(state().session)
    })
    this.#gauge('preview_viewers', 'viewers of the preview', [], (gauge) => gauge.set(this.#viewers()))
  }

  #describeProcess(): void {
    this.#gauge('process_resident_memory_bytes', 'memory of the daemon', [], (gauge) =>
      gauge.set(process.memoryUsage.rss()),
    )
    this.#gauge('process_start_time_seconds', 'start of the daemon, Unix time', [], (gauge) =>
      gauge.set(startedAtS),
    )
    this.#counter('process_cpu_seconds_total', 'processor time of the daemon', [], (counter) => {
      const { user, system } = process.cpuUsage()
      counter.reset()
      counter.inc((user + system) / 1e6)
    })
  }

  #gauge(name: string, help: string, labelNames: string[] = [], collect?: (gauge: Gauge) => void): Gauge {
    const gauge: Gauge = new Gauge({
      name: `${prefix}${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      ...(collect === undefined ? {} : { collect: () => collect(gauge) }),
    })
    return gauge
  }

  #counter(name: string, help: string, labelNames: string[], collect?: (counter: Counter) => void): Counter {
    const counter: Counter = new Counter({
      name: `${prefix}${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      ...(collect === undefined ? {} : { collect: () => collect(counter) }),
    })
    return counter
  }
}
