/** UTF-8 without TextEncoder and TextDecoder, which mini-programs do not have. */

/** Half a surrogate pair becomes U+FFFD. */
export const encodeUtf8 = (text: string): Uint8Array => {
  const bytes: number[] = []
  const tail = (point: number, shift: number): number => 0x80 | ((point >> shift) & 0x3f)
  for (const character of text) {
    const found = character.codePointAt(0) ?? 0
    const point = found >= 0xd800 && found <= 0xdfff ? 0xfffd : found
    if (point < 0x80) bytes.push(point)
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(point, 0))
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(point, 6), tail(point, 0))
    else bytes.push(0xf0 | (point >> 18), tail(point, 12), tail(point, 6), tail(point, 0))
  }
  return Uint8Array.from(bytes)
}

/** Bytes that are no UTF-8 become U+FFFD, one for each. */
export const decodeUtf8 = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const { point, length } = pointAt(bytes, at)
    text += String.fromCodePoint(point)
    at += length
  }
  return text
}

const bad = { point: 0xfffd, length: 1 } as const
/** by the number of bytes: the smallest code point that needs so many */
const least = [0, 0, 0x80, 0x800, 0x10000] as const

const pointAt = (bytes: Uint8Array, at: number): { readonly point: number; readonly length: number } => {
  const first = bytes[at] ?? 0
  if (first < 0x80) return { point: first, length: 1 }
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4) return bad
  let point = first & (0xff >> (length + 1))
  for (let next = at + 1; next < at + length; next += 1) {
    const byte = bytes[next] ?? 0
    if ((byte & 0xc0) !== 0x80) return bad
    point = (point << 6) | (byte & 0x3f)
  }
  const legal = point >= (least[length] ?? 0) && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
  return legal ? { point, length } : bad
}
