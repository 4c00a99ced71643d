import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, renameSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { accepts, freePort, listenOnLoopback, loopback } from '../ports.js'
import type { Teardown } from '../teardown.js'
import { tempDir } from '../temp-dir.js'
import { waitFor, withDeadline } from '../wait-for.js'

const nginx = '/usr/sbin/nginx'
const rtmpModule = '/usr/lib/nginx/modules/ngx_rtmp_module.so'

export interface NginxStream {
  readonly name: string
  readonly isPublishing: boolean
  /** players and the publisher */
  readonly clients: number
  readonly bytesIn: number
}

export interface NginxRtmp {
  readonly port: number
  /** address to push to and to play from; the stream is `camera` unless named */
  url(stream?: string): string
  /** one entry for every publish that nginx asked about, refused ones too, oldest first */
  readonly publishes: readonly {
    readonly stream: string
    readonly isAllowed: boolean
    readonly atMs: number
  }[]
  /** whether the next publish is let in */
  allowPublish(isAllowed: boolean): void
  /** FLV files of what arrived, oldest first; nginx starts each file at timestamp 0 */
  recordings(): Promise<string[]>
  stat(): Promise<NginxStream[]>
  /** closes the publisher's connection from the server's side; false when there was none */
  dropPublisher(stream?: string): Promise<boolean>
  /** the end of nginx's own log */
  log(): Promise<string>
  /** quits as an administrator would */
  stop(): Promise<void>
  /** SIGKILL: the kernel closes every connection */
  kill(): Promise<void>
  /** stops it if needed and starts it on the same port */
  restart(): Promise<void>
}

/** master_process off: one process, so that its pid is all of it and SIGKILL leaves no worker behind. */
const configuration = (folder: string, port: number, httpPort: number, hookPort: number): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log info;
load_module ${rtmpModule};
events { worker_connections 256; }
rtmp {
  access_log ${folder}/rtmp.log;
  server {
    listen ${loopback}:${port};
    chunk_size 4096;
    application live {
      live on;
      record all;
      record_path ${folder}/recordings;
      record_unique on;
      on_publish http://${loopback}:${hookPort}/publish;
    }
  }
}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen ${loopback}:${httpPort};
    location /stat { rtmp_stat all; }
    location /control { rtmp_control all; }
  }
}
`

/** nginx asks here before it lets a publisher in. */
const startHook = async (t: Teardown, decide: (stream: string) => boolean): Promise<number> => {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      response.writeHead(decide(new URLSearchParams(body).get('name') ?? '') ? 200 : 403).end()
    })
  })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return listenOnLoopback(server)
}

const parseStat = (xml: string): NginxStream[] =>
  [...xml.matchAll(/<stream>(.*?)<\/stream>/gs)].map(([, stream = '']) => {
    const text = (name: string): string => new RegExp(`<${name}>(.*?)</${name}>`).exec(stream)?.[1] ?? ''
    return {
      name: text('name'),
      isPublishing: stream.includes('<publishing/>'),
      clients: Number(text('nclients')),
      bytesIn: Number(text('bytes_in')),
    }
  })

/** Debian's nginx with its RTMP module, on a free loopback port and in a folder of its own; ends with the test. */
export const startNginxRtmp = async (t: Teardown): Promise<NginxRtmp> => {
  for (const file of [nginx, rtmpModule]) {
    if (!existsSync(file)) throw new Error(`${file} is missing: install nginx-light and libnginx-mod-rtmp`)
  }
  const folder = await tempDir(t)
  const recordings = join(folder, 'recordings')
  await mkdir(recordings)
  const publishes: { stream: string; isAllowed: boolean; atMs: number }[] = []
  let isAllowed = true
  // nginx names files by the second, and a second session in it would overwrite the first one's: each publish
  // moves what is there out of the way (an open file stays open)
  let moved = 0
  const keepRecordings = (): void => {
    for (const name of readdirSync(recordings).filter((file) => !file.startsWith('0'))) {
      moved += 1
      renameSync(join(recordings, name), join(recordings, `${String(moved).padStart(6, '0')}-${name}`))
    }
  }
  const hookPort = await startHook(t, (stream) => {
    keepRecordings()
    publishes.push({ stream, isAllowed, atMs: performance.now() })
    return isAllowed
  })
  const port = await freePort()
  const httpPort = await freePort()
  const file = join(folder, 'nginx.conf')
  await writeFile(file, configuration(folder, port, httpPort, hookPort))
  const log = async (): Promise<string> =>
    (await readFile(join(folder, 'error.log'), 'utf8').catch(() => '')).slice(-4_000)
  let child: ChildProcess | undefined

  const start = async (): Promise<void> => {
    // -e: before the configuration is read, nginx would write to /var/log
    const started = spawn(nginx, ['-e', join(folder, 'error.log'), '-p', folder, '-c', file], {
      stdio: 'ignore',
    })
    child = started
    await waitFor(
      async () => {
        if (started.exitCode !== null || started.signalCode !== null) return 'ended'
        return await accepts(port)
      },
      { what: 'nginx to accept connections' },
    )
    if (started.exitCode !== null) throw new Error(`nginx ended with ${started.exitCode}: ${await log()}`)
  }
  const end = async (signal: 'SIGQUIT' | 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const exited = once(running, 'exit')
    running.kill(signal)
    await withDeadline(exited, { what: `nginx to end on ${signal}` })
  }
  const ask = async (path: string): Promise<string> => {
    const response = await fetch(`http://${loopback}:${httpPort}${path}`, {
      signal: AbortSignal.timeout(5_000),
    })
    return response.ok ? response.text() : ''
  }

  t.teardown(() => end('SIGKILL'))
  await start()
  return {
    port,
    url: (stream = 'camera') => `rtmp://${loopback}:${port}/live/${stream}`,
    publishes,
    allowPublish: (allowed) => {
      isAllowed = allowed
    },
    recordings: async () => (await readdir(recordings)).sort().map((name) => join(recordings, name)),
    stat: async () => parseStat(await ask('/stat')),
    dropPublisher: async (stream = 'camera') =>
      (await ask(`/control/drop/publisher?app=live&name=${encodeURIComponent(stream)}`)).trim() === '1',
    log,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM')
      await start()
    },
  }
}
