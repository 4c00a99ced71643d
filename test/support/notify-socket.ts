import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Teardown } from './teardown.js'
import { tempDir } from './temp-dir.js'
import { waitFor } from './wait-for.js'

// node has no Unix datagram sockets; recv() without room for descriptors closes the barrier that the tool waits for
const receiver = `
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print(json.dumps('bound'), flush=True)
while True:
    print(json.dumps(s.recv(65536).decode()), flush=True)
`

/** A notify socket as systemd gives it to a service, and every message that came. */
export const notifySocket = async (t: Teardown) => {
  const socket = join(await tempDir(t), 'notify')
  const python = spawn('python3', ['-c', receiver, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(async () => {
    python.kill('SIGKILL')
    await once(python, 'exit')
  })
  const messages: string[] = []
  createInterface({ input: python.stdout }).on('line', (line) => messages.push(JSON.parse(line) as string))
  await waitFor(() => messages.includes('bound'), { what: 'the socket' })
  /** how many messages have that line */
  const arrived = (part: string) => messages.filter((message) => message.split('\n').includes(part)).length
  return { socket, messages, arrived }
}
