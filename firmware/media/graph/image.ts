/** Launch text of the process that reads one picture from outside and writes it as a plain PNG. Pure. */
import type { ImageHeader } from '../image-header.js'

/** What videoflip calls the turn that an EXIF orientation asks for. */
const turns = ['identity', 'horiz', '180', 'vert', 'ul-lr', '90r', 'ur-ll', '90l'] as const

/**
 * The picture comes on descriptor 0 and leaves on descriptor 3: upright, on black where it was transparent, 8 bit RGB,
 * with nothing else of what the file had in it.
 */
export const imageReaderLaunch = ({ kind, width, height, orientation }: ImageHeader): string => {
  const size = `width=${Math.trunc(width)},height=${Math.trunc(height)}`
  const out = 'videoconvert ! video/x-raw,format=RGB ! pngenc snapshot=true compression-level=3 ! fdsink fd=3'
  return kind === 'png'
    ? // pngdec keeps an alpha channel; a conversion would just leave it out and show what was hidden.
      `compositor name=ground background=black ! video/x-raw,${size} ! ${out} fdsrc fd=0 ! pngdec ! video/x-raw,${size} ! videoconvert ! video/x-raw,format=AYUV ! ground.sink_0`
    : // jpegdec alone is content with half a picture.
      `fdsrc fd=0 ! jpegparse ! jpegdec ! video/x-raw,${size} ! videoflip video-direction=${turns[orientation - 1] ?? 'identity'} ! ${out}`
}
