import type { Duplex, Readable } from 'node:stream'

/** Where the live picture comes from: FLV, from its header on. */
export interface PreviewSource {
  /** Rejects when there is no picture; the stream is destroyed and the signal aborted when the viewer leaves. */
  open(signal: AbortSignal): Promise<Readable>
}

export interface SnapshotSource {
  /** The JPEG, or undefined when there is none of this id. `id` has only letters, digits and dashes. */
  read(id: string): Promise<Uint8Array | undefined>
}

export interface HealthReport {
  readonly ok: boolean
  /** what is wrong, for people; empty when ok */
  readonly reasons: readonly string[]
  readonly [detail: string]: unknown
}

/** The embedded broker of this process, which takes the stream over. */
export interface EmbeddedEndpoint {
  readonly kind: 'embedded'
  accept(stream: Duplex, remoteAddress: string | undefined): void
}

/** A broker elsewhere, to which bytes are passed. Certificates and keys are PEM texts. */
export interface ExternalEndpoint {
  readonly kind: 'external'
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:` */
  readonly url: string
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly rejectUnauthorized?: boolean
}

export type MqttEndpoint = EmbeddedEndpoint | ExternalEndpoint
