import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/**
 * Streaming servers answer at once. With Nagle's algorithm, each step of the opening would wait for the client's
 * delayed acknowledgement, 40 ms, and every start-up time would be that of our own server.
 */
export const serversAnswerAtOnce = (): void =>
  subscribe('net.server.socket', (message) => (message as { socket: Socket }).socket.setNoDelay(true))
