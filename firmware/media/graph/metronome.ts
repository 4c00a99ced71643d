/** Launch text of the sink whose position tells a pipeline's base time (see ../engine/timeline.ts). */
const perSecond = 50
const lastsSeconds = 4

export const metronomeLaunch = `videotestsrc is-live=true pattern=black num-buffers=${perSecond * lastsSeconds} ! video/x-raw,format=GRAY8,width=16,height=16,framerate=${perSecond}/1 ! fakesink name=metronome sync=true async=false`
