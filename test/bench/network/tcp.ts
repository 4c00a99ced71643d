/**
 * One TCP connection over a path, both ends: windows, acknowledgements, loss and its repair, and the numbers that
 * the kernel shows in TCP_INFO. Units: bytes, ms.
 */
import {
  type CongestionControl,
  type CongestionName,
  congestionControl,
  segmentBytes,
} from './congestion-control.js'
import { Path, type PathOptions } from './path.js'

/** IP and TCP headers with timestamps. */
const headerBytes = 52
const shortestRtoMs = 200
const firstRtoMs = 1000

interface Segment {
  readonly from: number
  readonly length: number
  acked: boolean
}

/** A segment on its way; a segment that was repaired had several. */
interface Flight {
  readonly segment: Segment
  readonly sentMs: number
  readonly deliveredAtSend: number
  readonly deliveredAtSendMs: number
  readonly appLimited: boolean
  over: boolean
}

interface Ack {
  readonly flight: Flight
  readonly upTo: number
  readonly atMs: number
}

export class TcpConnection {
  readonly #path: Path<Flight>
  readonly #oneWayMs: number
  readonly #control: CongestionControl
  readonly #notSentLowat: number
  #written = 0
  #sent = 0
  #acked = 0
  #flights: Flight[] = []
  #inFlight = 0
  #repairs: Segment[] = []
  #acks: Ack[] = []
  #received = new Map<number, number>()
  #receivedUpTo = 0
  #delivered = 0
  #deliveredMs = 0
  #recoverUntil = 0
  #progressMs = 0
  #backOff = 0
  #nextSendMs = 0
  #windowLimited = false
  #srttMs = 0
  #rttVarMs = 0
  #minRttMs = Number.POSITIVE_INFINITY
  #rate = 0

  constructor(path: PathOptions, congestion: CongestionName, notSentLowat: number, nowMs: number) {
    this.#path = new Path(path)
    this.#oneWayMs = path.oneWayMs
    this.#control = congestionControl(congestion)
    this.#notSentLowat = notSentLowat
    this.#deliveredMs = nowMs
    this.#progressMs = nowMs
  }

  /** Whether a write would be taken. */
  get writable(): boolean {
    return this.notSentBytes < this.#notSentLowat
  }

  write(bytes: number): void {
    this.#written += bytes
  }

  get bytesWritten(): number {
    return this.#written
  }

  /** What the other side read, in order. */
  get bytesReceived(): number {
    return this.#receivedUpTo
  }

  get notSentBytes(): number {
    return this.#written - this.#sent
  }

  get pathQueueBytes(): number {
    return this.#path.queuedBytes
  }

  get info() {
    return {
      rttMs: this.#srttMs,
      rttVarMs: this.#rttVarMs,
      minRttMs: Number.isFinite(this.#minRttMs) ? this.#minRttMs : 0,
      /** bytes per ms × 8 */
      deliveryKbps: this.#rate * 8,
      bytesAcked: this.#acked,
      notSentBytes: this.notSentBytes,
    }
  }

  advance(nowMs: number, elapsedMs: number): void {
    for (const flight of this.#path.advance(nowMs, elapsedMs)) this.#receive(flight, nowMs)
    for (let ack = this.#acks[0]; ack && ack.atMs <= nowMs; ack = this.#acks[0]) {
      this.#acks.shift()
      this.#takeAck(ack, nowMs)
    }
    this.#checkTimeout(nowMs)
    this.#send(nowMs, elapsedMs)
  }

  #receive(flight: Flight, nowMs: number): void {
    const { from, length } = flight.segment
    if (from >= this.#receivedUpTo) this.#received.set(from, length)
    for (
      let next = this.#received.get(this.#receivedUpTo);
      next;
      next = this.#received.get(this.#receivedUpTo)
    ) {
      this.#received.delete(this.#receivedUpTo)
      this.#receivedUpTo += next
    }
    this.#acks.push({ flight, upTo: this.#receivedUpTo, atMs: nowMs + this.#oneWayMs })
  }

  #takeAck({ flight, upTo }: Ack, nowMs: number): void {
    if (upTo > this.#acked || !flight.segment.acked) {
      this.#progressMs = nowMs
      this.#backOff = 0
    }
    this.#acked = Math.max(this.#acked, upTo)
    if (!flight.over) {
      flight.over = true
      this.#inFlight -= flight.segment.length
    }
    const rttMs = nowMs - flight.sentMs
    this.#followRtt(rttMs)
    const isNews = !flight.segment.acked
    if (isNews) {
      flight.segment.acked = true
      this.#delivered += flight.segment.length
      this.#deliveredMs = nowMs
    }
    // The path keeps the order: what was sent before this packet and has not arrived is lost.
    for (let first = this.#flights[0]; first && first !== flight; first = this.#flights[0]) {
      this.#flights.shift()
      if (first.over) continue
      first.over = true
      this.#inFlight -= first.segment.length
      if (!first.segment.acked) this.#lose(first.segment, nowMs)
    }
    if (this.#flights[0] === flight) this.#flights.shift()
    if (isNews) this.#sample(flight, rttMs, nowMs)
  }

  #followRtt(rttMs: number): void {
    this.#minRttMs = Math.min(this.#minRttMs, rttMs)
    if (this.#srttMs === 0) {
      this.#srttMs = rttMs
      this.#rttVarMs = rttMs / 2
      return
    }
    this.#rttVarMs += (Math.abs(rttMs - this.#srttMs) - this.#rttVarMs) / 4
    this.#srttMs += (rttMs - this.#srttMs) / 8
  }

  #sample(flight: Flight, rttMs: number, nowMs: number): void {
    const tookMs = Math.max(nowMs - flight.deliveredAtSendMs, this.#minRttMs)
    const rate = (this.#delivered - flight.deliveredAtSend) / tookMs
    if (!flight.appLimited || rate >= this.#rate) this.#rate = rate
    this.#control.acked({
      nowMs,
      rttMs,
      ackedBytes: flight.segment.length,
      rate,
      appLimited: flight.appLimited,
      deliveredAtSend: flight.deliveredAtSend,
      delivered: this.#delivered,
      inFlightBytes: this.#inFlight,
      windowLimited: this.#windowLimited,
    })
  }

  #lose(segment: Segment, nowMs: number): void {
    this.#repairs.push(segment)
    if (segment.from < this.#recoverUntil) return
    this.#recoverUntil = this.#sent
    this.#control.lost(nowMs)
  }

  #checkTimeout(nowMs: number): void {
    const waiting = this.#flights.find(({ segment }) => !segment.acked)
    if (!waiting) {
      this.#progressMs = nowMs
      return
    }
    const longMs = Math.max(shortestRtoMs, this.#srttMs + 4 * this.#rttVarMs)
    // The first time a probe goes out early (tail loss probe).
    const timeoutMs =
      this.#backOff === 0 ? Math.min(longMs, 2.5 * this.#srttMs) : longMs * 2 ** (this.#backOff - 1)
    if (nowMs - this.#progressMs < (this.#srttMs === 0 ? firstRtoMs : timeoutMs)) return
    this.#progressMs = nowMs
    this.#backOff = Math.min(8, this.#backOff + 1)
    this.#transmit(waiting.segment, nowMs)
  }

  #send(nowMs: number, elapsedMs: number): void {
    this.#windowLimited = false
    this.#nextSendMs = Math.max(this.#nextSendMs, nowMs - elapsedMs)
    for (;;) {
      const repair = this.#repairs[0]
      if (repair?.acked) {
        this.#repairs.shift()
        continue
      }
      if (!repair && this.notSentBytes === 0) return
      if (this.#inFlight + segmentBytes > this.#control.windowBytes && this.#inFlight > 0) {
        this.#windowLimited = true
        return
      }
      if (this.#nextSendMs > nowMs) return
      this.#transmit(repair ?? this.#cut(), nowMs)
      if (repair) this.#repairs.shift()
      const { pacing } = this.#control
      if (Number.isFinite(pacing)) this.#nextSendMs += segmentBytes / pacing
    }
  }

  #cut(): Segment {
    const length = Math.min(segmentBytes, this.notSentBytes)
    const segment = { from: this.#sent, length, acked: false }
    this.#sent += length
    return segment
  }

  #transmit(segment: Segment, nowMs: number): void {
    if (this.#inFlight === 0) this.#deliveredMs = nowMs
    const flight: Flight = {
      segment,
      sentMs: nowMs,
      deliveredAtSend: this.#delivered,
      deliveredAtSendMs: this.#deliveredMs,
      appLimited: this.notSentBytes === 0 && this.#inFlight + segmentBytes < this.#control.windowBytes,
      over: false,
    }
    this.#inFlight += segment.length
    this.#flights.push(flight)
    this.#path.send(flight, segment.length + headerBytes)
  }
}
