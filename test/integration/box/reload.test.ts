import { readFile, writeFile } from 'node:fs/promises'
import test from 'ava'
import { parse, stringify } from 'yaml'
import { startBox } from '../../support/box.js'
import { notifySocket } from '../../support/notify-socket.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { waitFor } from '../../support/wait-for.js'

interface Notice {
  readonly kind: string
  readonly message: string
  readonly cause?: { readonly problems?: string; readonly afterRestart?: string }
}

test('SIGHUP reads the configuration again: the stream goes on, a wrong file changes nothing', async (t) => {
  const { socket, arrived, messages } = await notifySocket(t)
  const ingest = await startRtmpIngest(t)
  const box = await startBox(t, {
    config: { attributes: { url: ingest.url('garden'), 'max-bitrate': 900 } },
    env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '4000000' },
  })
  t.true((await box.request('start')).ok)
  await box.reaches('pushing')
  await waitFor(() => arrived('READY=1') === 1 && arrived('WATCHDOG=1') > 0, { what: 'READY and a ping' })
  await waitFor(() => messages.some((message) => /^STATUS=pushing rtmp:\/\/.*\*\*\*$/m.test(message)), {
    what: 'the state, without the name of the stream',
  })

  const notices = () => box.messages<Notice>('event/notice').filter(({ kind }) => kind.startsWith('config-'))
  const config = parse(await readFile(box.configFile, 'utf8'))
  const reload = async (text: string, nth: number): Promise<Notice | undefined> => {
    await writeFile(box.configFile, text)
    box.process.kill('SIGHUP')
    return waitFor(() => notices()[nth - 1], { what: `answer ${nth}` })
  }

  const attributes = { ...config.attributes, 'max-bitrate': 600, muted: true }
  t.like(await reload(stringify({ ...config, attributes, 'pause-limit-s': 9 }), 1), {
    kind: 'config-reloaded',
    cause: { afterRestart: 'pause-limit-s' },
  })
  await waitFor(() => box.attributes()?.['max-bitrate'] === 600 && box.state()?.muted === true, {
    what: 'the attributes of the file',
  })
  await waitFor(() => arrived('RELOADING=1') === 1 && arrived('READY=1') === 2, { what: 'READY again' })

  const refused = await reload('attributes: {fps: 99}', 2)
  t.is(refused?.kind, 'config-refused')
  t.regex(refused?.cause?.problems ?? '', /attributes\.fps/)
  t.is(box.attributes()?.['max-bitrate'], 600)

  t.is(box.state()?.state, 'pushing')
  t.is(ingest.sessions.length, 1)
  t.is(box.process.exitCode, null)
})
