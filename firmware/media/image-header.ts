/**
 * What the first bytes of a JPEG or PNG tell: kind, size, and how the picture is to be turned. Pure. Reading it costs
 * nothing, however large the picture claims to be: whoever gets a file from outside looks here before decoding.
 */

export interface ImageHeader {
  readonly kind: 'jpeg' | 'png'
  /** px as stored, before turning */
  readonly width: number
  readonly height: number
  /** EXIF orientation: 1 as stored, up to 8 */
  readonly orientation: number
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Judged by the bytes alone; undefined: neither a JPEG nor a PNG. */
export const imageHeader = (bytes: Uint8Array): ImageHeader | undefined => {
  const image = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (image.subarray(0, 8).equals(pngSignature)) return pngHeader(image)
  const size = jpegSize(image)
  return size && { kind: 'jpeg', ...size, orientation: exifOrientation(image) }
}

/** Picture size from the start-of-frame marker (ITU T.81 B.2.2). */
export const jpegSize = (jpeg: Buffer): { width: number; height: number } | undefined => {
  for (const { marker, at } of segments(jpeg)) {
    if (marker < 0xc0 || marker > 0xcf || marker === 0xc4 || marker === 0xc8 || marker === 0xcc) continue
    if (at + 9 >= jpeg.length) return undefined
    return { height: jpeg.readUInt16BE(at + 5), width: jpeg.readUInt16BE(at + 7) }
  }
  return undefined
}

/** Marker segments up to the first scan; `at` is the position of the marker. */
function* segments(jpeg: Buffer): Generator<{ readonly marker: number; readonly at: number }> {
  let at = 2
  while (at + 4 <= jpeg.length) {
    if (jpeg[at] !== 0xff) return
    const marker = jpeg.readUInt8(at + 1)
    if (marker === 0xda) return
    yield { marker, at }
    at += 2 + jpeg.readUInt16BE(at + 2)
  }
}

/** IHDR is always the first chunk (PNG 5.6). */
const pngHeader = (png: Buffer): ImageHeader | undefined =>
  png.length >= 33 && png.toString('latin1', 12, 16) === 'IHDR'
    ? { kind: 'png', width: png.readUInt32BE(16), height: png.readUInt32BE(20), orientation: 1 }
    : undefined

const exifMark = 'Exif\0\0'
/** EXIF 2.3, 4.6.4: tag, type SHORT */
const orientationTag = 0x0112
const shortType = 3
const entryBytes = 12

/** GStreamer's JPEG elements leave the turn that cameras write beside the picture to others. */
const exifOrientation = (jpeg: Buffer): number => {
  for (const { marker, at } of segments(jpeg)) {
    if (marker !== 0xe1 || jpeg.toString('latin1', at + 4, at + 10) !== exifMark) continue
    const orientation = tiffOrientation(jpeg.subarray(at + 10, at + 2 + jpeg.readUInt16BE(at + 2)))
    return orientation !== undefined && orientation >= 1 && orientation <= 8 ? orientation : 1
  }
  return 1
}

const tiffOrientation = (tiff: Buffer): number | undefined => {
  if (tiff.length < 10) return undefined
  const little = tiff.toString('latin1', 0, 2) === 'II'
  const short = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  if (directory + 2 > tiff.length) return undefined
  const entries = short(directory)
  for (let index = 0; index < entries; index += 1) {
    const at = directory + 2 + index * entryBytes
    if (at + entryBytes > tiff.length) return undefined
    if (short(at) === orientationTag) return short(at + 2) === shortType ? short(at + 8) : undefined
  }
  return undefined
}
