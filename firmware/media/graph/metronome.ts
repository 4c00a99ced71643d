export const metronomeTickMs = 10
/** A few seconds of them: a process that was held up meanwhile has caught up by then. */
const ticks = 400

/**
 * Launch text of the test source that tells a pipeline's base time (see ../engine/lane/timeline.ts). Its ticks leave exactly
 * when the clock reaches their timestamps, which `gdppay` writes in front of them; those that nobody took yet wait in
 * the queue `ticks`.
 */
export const metronomeLaunch = `videotestsrc is-live=true pattern=black num-buffers=${ticks} ! video/x-raw,format=GRAY8,width=16,height=16,framerate=${1000 / metronomeTickMs}/1 ! gdppay crc-header=false ! queue name=ticks max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! appsink name=metronome sync=false async=false max-buffers=1`
