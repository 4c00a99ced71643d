import type { Socket } from 'node:net'
import { setSocketOption } from '../socket-option.js'

const solTcp = 6
const tcpCongestion = 13

/** @throws Error where the kernel has no such congestion control */
export const setCongestionControl = (socket: Socket, name: 'cubic' | 'reno' | 'bbr'): void =>
  setSocketOption(socket, { level: solTcp, option: tcpCongestion, value: Buffer.from(name), name })
