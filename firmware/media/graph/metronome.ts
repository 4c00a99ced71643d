/** A sink's position goes with the clock up to the end of what it has: few and long pictures are enough, and best. */
const perSecond = 5
const lastsSeconds = 5

/** Launch text of the sink whose position tells a pipeline's base time (see ../engine/timeline.ts). */
export const metronomeLaunch = `videotestsrc is-live=true pattern=black num-buffers=${perSecond * lastsSeconds} ! video/x-raw,format=GRAY8,width=16,height=16,framerate=${perSecond}/1 ! fakesink name=metronome sync=true async=false`
