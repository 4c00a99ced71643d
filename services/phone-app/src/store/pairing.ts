/** Pairing links: `http://HOST:PORT/#pair=NAME`, and for a box that asks `&user=…&token=…`. */

/** A box as this phone knows it. */
export interface KnownBox {
  readonly name: string
  readonly prefix: string
  readonly user?: string
  readonly token?: string
}

/** A box that has its own address, and so its own app. */
export interface FarBox {
  readonly name: string
  readonly href: string
}

/** Part of a topic that may be subscribed to: a link must not widen it by wildcards. */
const topicPart = /^[^+#$/\p{Cc}][^+#\p{Cc}]{0,255}$/u
const boxName = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/

export const defaultPrefix = 'live-pusher'

/** What stands behind `#` in a pairing link; undefined when that is none. */
export const parsePairing = (hash: string): KnownBox | undefined => {
  const values = new URLSearchParams(hash.replace(/^#/, ''))
  const name = values.get('pair') ?? ''
  const prefix = values.get('prefix') ?? defaultPrefix
  if (!boxName.test(name) || !topicPart.test(prefix)) return undefined
  const [user, token] = [values.get('user'), values.get('token')]
  return {
    name,
    prefix,
    ...(user ? { user } : {}),
    ...(token ? { token } : {}),
  }
}

export const pairingHash = ({ name, prefix, user, token }: KnownBox): string => {
  const values = new URLSearchParams({ pair: name })
  if (prefix !== defaultPrefix) values.set('prefix', prefix)
  if (user) values.set('user', user)
  if (token) values.set('token', token)
  return `#${values}`
}

/** A pasted link: a box of this address, one of another, or none. */
export const readLink = (
  link: string,
  origin: string,
): { readonly near: KnownBox } | { readonly far: FarBox } | undefined => {
  if (!URL.canParse(link)) return undefined
  const url = new URL(link)
  const box = parsePairing(url.hash)
  if (!box || !/^https?:$/.test(url.protocol)) return undefined
  return url.origin === origin ? { near: box } : { far: { name: box.name, href: url.href } }
}

export const asKnownBox = (value: unknown): KnownBox | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, prefix, user, token } = value as Readonly<Record<string, unknown>>
  if (
    typeof name !== 'string' ||
    !boxName.test(name) ||
    typeof prefix !== 'string' ||
    !topicPart.test(prefix)
  )
    return undefined
  return {
    name,
    prefix,
    ...(typeof user === 'string' ? { user } : {}),
    ...(typeof token === 'string' ? { token } : {}),
  }
}

export const asFarBox = (value: unknown): FarBox | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, href } = value as Readonly<Record<string, unknown>>
  if (typeof name !== 'string' || typeof href !== 'string' || !/^https?:\/\//.test(href)) return undefined
  return { name, href }
}
