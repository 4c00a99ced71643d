import type { AddressInfo, Server } from 'node:net'

/** Where a server listens, or was asked to. Port 0 asks the kernel for a free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export type ListenErrorKind = 'port-in-use' | 'port-forbidden' | 'address-not-ours' | 'listen-failed'

const kinds: Readonly<Record<string, ListenErrorKind>> = {
  EADDRINUSE: 'port-in-use',
  EACCES: 'port-forbidden',
  EADDRNOTAVAIL: 'address-not-ours',
  ENOTFOUND: 'address-not-ours',
}

/** A port could not be opened. `host` and `port` are what was asked for. */
export class ListenError extends Error {
  readonly kind: ListenErrorKind
  readonly host: string
  readonly port: number

  constructor(kind: ListenErrorKind, address: ListenAddress, cause: unknown) {
    super(`${kind}: ${address.host}:${address.port}`, { cause })
    this.name = 'ListenError'
    this.kind = kind
    this.host = address.host
    this.port = address.port
  }
}

/**
 * Opens the port and answers where it really is, which matters for port 0.
 * Rejects with a {@link ListenError}, or with the signal's reason when that aborts first.
 */
export const listen = async (
  server: Server,
  address: ListenAddress,
  signal: AbortSignal,
): Promise<ListenAddress> => {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      settle()
      reject(new ListenError(kinds[error.code ?? ''] ?? 'listen-failed', address, error))
    }
    const onListening = () => {
      settle()
      const bound = server.address() as AddressInfo
      resolve({ host: address.host, port: bound.port })
    }
    const onAbort = () => {
      settle()
      server.close()
      reject(signal.reason)
    }
    const settle = () => {
      server.off('error', onError)
      server.off('listening', onListening)
      signal.removeEventListener('abort', onAbort)
    }
    server.on('error', onError)
    server.on('listening', onListening)
    signal.addEventListener('abort', onAbort)
    server.listen({ host: address.host, port: address.port })
  })
}
