/** docs/effects.md: what each effect does, from the table of grades. */
import { filters, type Grade } from '../firmware/media/graph/looks.js'
import { table } from './markdown.js'

/** What a grade makes of a grey of 50 %, as a web colour. */
const ofGrey = ({ slope, offset, power, saturation }: Grade): string => {
  const graded = ([0, 1, 2] as const).map(
    (channel) => Math.min(1, Math.max(0, 0.5 * slope[channel] + offset[channel])) ** power[channel],
  )
  const [r = 0, g = 0, b = 0] = graded
  const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
  const hex = graded.map((value) =>
    Math.round(255 * (luma + saturation * (value - luma)))
      .toString(16)
      .padStart(2, '0'),
  )
  return `\`#${hex.join('')}\``
}

export const effectsReference = (): string => `# Effects

Generated from \`firmware/media/graph/looks.ts\` by \`npm run generate\`; the pictures by
\`node build/scripts/contact-sheets.js\`. The face is Eileen Collins, photographed by NASA in 1993 (public domain).

## Beauty and whiteness

\`beauty\` (0 to 9) smooths skin and lightens it a little: each point becomes a mean of its surroundings in which only
colours near its own count, so eyes, brows and lips keep their edges. It acts where the colour is that of skin, of any
tone; everything else stays as it is. \`beauty-style\` \`nature\` leaves more of the skin's own texture than \`smooth\`.
\`whiteness\` (0 to 9) lifts midtones, skin more than the rest. \`skin-smoothness\` and \`skin-whiteness\` (0 to 1, with
\`custom-effect\`) are the same without steps; the stronger of the two wishes is shown.

![Every level of beauty, nature and whiteness](effects-beauty.jpg)

## Filters

Each is a grade as the ASC Color Decision List defines it: out = (in × slope + offset) ^ power for red, green and blue,
then the saturation.

![Every filter](effects-filters.jpg)

${table(
  ['Filter', 'Effect', 'Slope', 'Offset', 'Power', 'Saturation', 'Grey 50 % becomes'],
  [
    ['`standard`', 'none', '1, 1, 1', '0, 0, 0', '1, 1, 1', '1', '`#808080`'],
    ...Object.entries(filters).map(([name, grade]) => [
      `\`${name}\``,
      grade.help,
      grade.slope.join(', '),
      grade.offset.join(', '),
      grade.power.join(', '),
      String(grade.saturation),
      ofGrey(grade),
    ]),
  ],
)}

## Where they are computed

\`media.effects\` in the configuration: \`auto\` takes the GPU when the machine has one (a render node in \`/dev/dri\`, or
an NVIDIA device) and the CPU otherwise or when the GPU fails; \`gpu\` and \`cpu\` take that one only; \`off\` leaves the
picture alone. The GPU draws one pass with \`glshader\`; the environment (\`GST_GL_WINDOW\`, \`GST_GL_PLATFORM\`,
\`GST_GL_API\`) chooses how it is reached without a screen. The CPU needs nothing beyond the box: a thread smooths at half
the size, and only where skin is.

While everything is 0 and \`standard\`, pictures go past the stage: no GPU is opened, no thread runs, and one switch per
picture is all that is left. With the first effect a trial picture is computed beside the stream; only when it has come
back the stream goes through, between two pictures, and it is led past again in the same way: no frame is lost, no
timestamp moves, the camera and the encoder run on. When a place fails, the picture goes on without the effect, the
next place is tried, and a notice says why; a GPU whose driver ended the media process is not asked again. A place that
is too slow leaves pictures out, and a notice says so. When no place is left, the reply to a change says
\`no effect here\` with the reason.

The slate has no effects. Snapshots and the preview show what is pushed.

## What they cost

Processor time per picture of a face that fills most of it, on the machine of [benchmarks.md](benchmarks.md) while other
programs used all of it, so these are upper bounds:

${table(
  ['', '360x640', '720x1280'],
  [
    ['CPU, beauty', '13 ms', '43 ms'],
    ['CPU, beauty and whiteness', '21 ms', '67 ms'],
    ['CPU, a filter', '6 ms', '31 ms'],
    ['`glshader` in software (llvmpipe), beauty, elapsed', '45 ms', '182 ms'],
  ],
)}

A software GPU is slower than the CPU's own way, so \`auto\` never takes it. At 360x640 and 15 pictures per second
one core is enough here even so; at 720x1280 and 30 a GPU is needed. Boards remain to be measured. The stage costs nothing
measurable while no effect is on: 1280x720 at 30 with x264enc, medians of four runs in turns, 9.7 ms per picture with
it and 9.5 ms without (single runs from 8.1 to 10.9), 87 MB resident in both.
`
