import { defaultTimeoutMs, inputArguments, runTool, type Span } from './ffmpeg.js'

/** A decoded picture, three bytes for each point. */
export interface RgbPicture {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** Part of a picture, by shares of its width and height. */
export interface Region {
  readonly x: readonly [from: number, to: number]
  readonly y: readonly [from: number, to: number]
}

/** Every picture of an input, decoded and scaled to that size. */
export const rgbPictures = async (
  input: string,
  { width, height, ...span }: Span & { readonly width: number; readonly height: number },
): Promise<RgbPicture[]> => {
  const { stdout, stderr, code } = await runTool(
    'ffmpeg',
    [
      ...inputArguments(input, span),
      ...['-map', '0:v:0', '-fps_mode', 'passthrough', '-vf', `scale=${width}:${height}:flags=area`],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    span.timeoutMs ?? defaultTimeoutMs,
  )
  const bytes = width * height * 3
  if (stdout.length < bytes)
    throw new Error(`no picture of ${input} can be decoded (exit ${code}): ${stderr}`)
  return Array.from({ length: Math.floor(stdout.length / bytes) }, (_, index) => ({
    width,
    height,
    rgb: stdout.subarray(index * bytes, (index + 1) * bytes),
  }))
}

const luma = ({ width, rgb }: RgbPicture, x: number, y: number): number => {
  const at = (y * width + x) * 3
  return 0.299 * (rgb[at] ?? 0) + 0.587 * (rgb[at + 1] ?? 0) + 0.114 * (rgb[at + 2] ?? 0)
}

const points = ({ width, height }: RgbPicture, { x, y }: Region): { x: number; y: number }[] => {
  const [fromX, toX] = [Math.floor(x[0] * width), Math.floor(x[1] * width)]
  const [fromY, toY] = [Math.floor(y[0] * height), Math.floor(y[1] * height)]
  return Array.from({ length: (toX - fromX) * (toY - fromY) }, (_, index) => ({
    x: fromX + (index % (toX - fromX)),
    y: fromY + Math.floor(index / (toX - fromX)),
  }))
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** Mean red, green and blue of a region, 0 to 255. */
export const meanColour = (picture: RgbPicture, region: Region): readonly [number, number, number] => {
  const channel = (index: number): number =>
    meanOf(points(picture, region).map(({ x, y }) => picture.rgb[(y * picture.width + x) * 3 + index] ?? 0))
  return [channel(0), channel(1), channel(2)]
}

/** Fine detail: mean difference of a point's luma from the mean of the 7 × 7 points around it, 0 to 255. */
export const fineDetail = (picture: RgbPicture, region: Region): number => {
  const around = [-3, -2, -1, 0, 1, 2, 3]
  return meanOf(
    points(picture, region).map(({ x, y }) => {
      const near = around.flatMap((dy) => around.map((dx) => luma(picture, x + dx, y + dy)))
      return Math.abs(luma(picture, x, y) - meanOf(near))
    }),
  )
}

/** Contrast of a region: from its darkest tenth to its lightest tenth, luma 0 to 255. */
export const contrast = (picture: RgbPicture, region: Region): number => {
  const sorted = points(picture, region)
    .map(({ x, y }) => luma(picture, x, y))
    .toSorted((one, other) => one - other)
  const tenth = Math.max(1, Math.floor(sorted.length / 10))
  return meanOf(sorted.slice(-tenth)) - meanOf(sorted.slice(0, tenth))
}
