import test from 'ava'
import { goodNetStatus, idleState } from '../../support/fake-box.js'
import { httpServer } from '../../support/http.js'

test('the metrics follow the box', async (t) => {
  const { get, box } = await httpServer(t)
  const read = async (): Promise<Map<string, number>> => {
    const { headers, body } = await get('/metrics')
    t.regex(headers['content-type'] ?? '', /^text\/plain; version=0.0.4/)
    const samples = body
      .toString()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, number] => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))])
    return new Map(samples)
  }
  box.emitStatus(1)
  box.emitStatus(2)
  box.emit('error', { errCode: 10004, errMsg: '', time: 1 })
  const pushing = { ...idleState, state: 'pushing' as const, session: 3, muted: true, attempt: 2 }
  box.currentState = pushing
  box.emit('state', pushing)
  const info = { ...goodNetStatus, videoCache: 4, audioCache: 5 }
  box.emit('netstatus', { info })
  box.emit('telemetry', { temperatureC: 76.5, cpu: 0.4, throttled: ['frequency-capped'] })
  const during = await read()
  for (const [sample, value] of [
    ['live_pusher_status_total{code="1002",level="event"}', 2],
    ['live_pusher_errors_total{code="10004"}', 1],
    ['live_pusher_state{state="pushing"}', 1],
    ['live_pusher_state{state="idle"}', 0],
    ['live_pusher_info{version="0.1.0",encoder="x264enc"}', 1],
    ['live_pusher_sessions_total', 3],
    ['live_pusher_muted', 1],
    ['live_pusher_reconnect_attempt', 2],
    ['live_pusher_video_bitrate_kbps', 800],
    ['live_pusher_net_speed_kbps', 850],
    ['live_pusher_video_cache_frames', 4],
    ['live_pusher_audio_cache_frames', 5],
    ['live_pusher_preview_viewers', 0],
    ['live_pusher_board_temperature_celsius', 76.5],
    ['live_pusher_board_throttled{reason="frequency-capped"}', 1],
    ['live_pusher_board_memory_used_megabytes', undefined],
  ] as const) {
    t.is(during.get(sample), value, sample)
  }
  t.true((during.get('live_pusher_process_resident_memory_bytes') ?? 0) > 1e6)
  t.true((during.get('live_pusher_process_cpu_seconds_total') ?? 0) > 0)
  for (const name of during.keys()) t.true(name.startsWith('live_pusher_'))
  box.emit('telemetry', { throttled: [] })
  const cooled = [...(await read()).keys()].filter((name) => /board_(?:temperature|throttled)/.test(name))
  t.deepEqual(cooled, [], 'what the board does not tell has no line')
  box.currentState = idleState
  box.emit('state', idleState)
  t.is((await read()).get('live_pusher_video_bitrate_kbps'), 0)
})
