/**
 * A process of its own for one picture from outside: whatever a broken or hostile file does to a decoder, it does it
 * here. What goes on to the media process was written by us. Tells one line: `done`, or `failed` and why.
 */
import { writeSync } from 'node:fs'
import { imageReaderLaunch } from '../graph/image.js'
import type { ImageHeader } from '../image-header.js'
import { GstPipeline } from './binding.js'

const tell = (line: string): never => {
  writeSync(1, `${line}\n`)
  // exit() waits for the bus poll, which never returns.
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}

try {
  const header = JSON.parse(process.argv[2] ?? '') as ImageHeader
  new GstPipeline(imageReaderLaunch(header)).play((message) => {
    if (message.type === 'eos') tell('done')
    if (message.type === 'error') tell(`failed ${message.message ?? ''}`)
  })
} catch (error) {
  tell(`failed ${error instanceof Error ? error.message : String(error)}`)
}
