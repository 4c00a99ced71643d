/** The test source that tells a pipeline's base time (see ../engine/timeline.ts). */

/** A second of them: a process that was held up meanwhile has caught up by then. */
export const metronomeTicks = 100
export const metronomeTickMs = 10

/** Launch text; its appsink is named `metronome`. A source that begins late says so in its timestamps only. */
export const metronomeLaunch = `videotestsrc is-live=true pattern=black num-buffers=${metronomeTicks} ! video/x-raw,format=GRAY8,width=16,height=16,framerate=${1000 / metronomeTickMs}/1 ! gdppay crc-header=false ! appsink name=metronome sync=false async=false max-buffers=${2 * metronomeTicks}`
